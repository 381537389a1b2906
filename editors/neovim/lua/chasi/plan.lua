-- `chasic plan` as an indented tree that folds; <CR> goes to the line that an operation comes from.
local client = require("chasi.client")
local scratch = require("chasi.scratch")
local M = {}
local FORMAT = "chasi.dev/plan/v1"
local ACTIONS = { "create", "update", "replace", "build", "delete", "unknown" }

local function shown(value)
  if value == nil then
    return "absent"
  end
  local text = type(value) == "string" and value or vim.json.encode(value)
  return (text:gsub("\n", "\\n"))
end

local function change_text(change)
  if change.secret then
    return change.path .. ": a secret, kept back"
  end
  local after = change.later and "known after " .. change.later or shown(change.after)
  return change.path .. ": " .. shown(change.before) .. " → " .. after
end

local function name_of(object)
  return object.kind .. " " .. (object.namespace and object.namespace .. "/" or "") .. object.name
end

-- The rows of one action on one target: the operations with their changes, and what is deleted because nothing declares it any more.
local function rows_of(plan, target, action)
  local rows = {}
  for _, o in ipairs(plan.operations) do
    if (o.target or "") == target and o.action == action then
      local why = o.leftOut or (o.problem and o.problem.message) or o.reason
      table.insert(rows, { text = "    " .. (o.object and name_of(o.object) or o.id) .. (why and "  " .. shown(why) or ""), source = o.source })
      for _, change in ipairs(o.changes or {}) do
        table.insert(rows, { text = "      " .. change_text(change), source = o.source })
      end
    end
  end
  for _, prune in ipairs(action == "delete" and plan.prunes or {}) do
    if prune.target == target then
      table.insert(rows, { text = "    " .. name_of(prune.object) })
    end
  end
  return rows
end

-- A plan as rows, each with its text and the place that it comes from, if any. What is unchanged is left out.
function M.rows(plan)
  local all = {}
  local targets = vim.list_extend({}, plan.targets)
  table.insert(targets, { name = "", context = "no cluster" }) -- images are built on this machine
  for _, target in ipairs(targets) do
    local title = target.problem and target.name .. ": " .. target.problem.message or vim.trim(target.name .. " (" .. target.context .. ")")
    local mine = { { text = title, source = target.source } }
    for _, action in ipairs(ACTIONS) do
      local rows = rows_of(plan, target.name, action)
      if #rows > 0 then
        table.insert(mine, { text = "  " .. action })
        vim.list_extend(mine, rows)
      end
    end
    if #mine > 1 or target.problem then
      vim.list_extend(all, mine)
    end
  end
  return #all > 0 and all or { { text = "nothing to do" } }
end

local function go(row, root)
  if row and row.source then
    vim.cmd("wincmd p")
    vim.cmd("edit " .. vim.fn.fnameescape(root .. "/" .. row.source.file))
    vim.api.nvim_win_set_cursor(0, { math.max(row.source.line, 1), math.max(row.source.column - 1, 0) })
  end
end

local function show(text, root)
  local plan = vim.json.decode(text, { luanil = { object = true, array = true } })
  if plan.diagnostics then
    local first = plan.diagnostics[1] or { code = "", message = "the specification is wrong" }
    return vim.notify("chasi: there is no plan: " .. first.code .. " " .. first.message, vim.log.levels.ERROR)
  elseif plan.apiVersion ~= FORMAT then
    return vim.notify("chasi: the plan is of the format " .. tostring(plan.apiVersion) .. ", and this package reads " .. FORMAT, vim.log.levels.ERROR)
  end
  local rows = M.rows(plan)
  local buffer = scratch.show("chasi://plan", "chasiplan", false)
  scratch.write(buffer, vim.tbl_map(function(row) return row.text end, rows))
  vim.opt_local.foldmethod = "indent"
  vim.opt_local.shiftwidth = 2
  vim.opt_local.foldlevel = 2
  vim.keymap.set("n", "<CR>", function() go(rows[vim.fn.line(".")], root) end, { buffer = buffer, desc = "Open the source" })
end

-- The words after `chasic`, for the module that a file belongs to; files of environments belong to the folder above theirs.
function M.words(file, more)
  local options, choice = require("chasi").options, client.choice()
  local folder = vim.fn.fnamemodify(file, ":p:h")
  if vim.fn.fnamemodify(folder, ":t") == "env" then
    folder = vim.fn.fnamemodify(folder, ":h")
  end
  local words = { vim.fn.expand(options.program), "plan", folder, "--format", "json", "--color", "never" }
  if choice.environment ~= "" then
    vim.list_extend(words, { "--env", choice.environment })
  end
  if choice.parametersFile ~= "" then
    vim.list_extend(words, { "--params", choice.parametersFile })
  end
  local names = vim.tbl_keys(choice.parameters)
  table.sort(names)
  for _, name in ipairs(names) do
    vim.list_extend(words, { "--set", name .. "=" .. client.text(choice.parameters[name]) })
  end
  return vim.list_extend(vim.list_extend(words, options.plan), more or {})
end

function M.open(more)
  local buffer = vim.api.nvim_get_current_buf()
  if not client.own(buffer) then
    return vim.notify("chasi: open a .chasi file of your own to plan its module")
  end
  local out, err, root = {}, {}, client.root(buffer)
  local job = vim.fn.jobstart(M.words(vim.api.nvim_buf_get_name(buffer), more), {
    stdin = "null",
    stdout_buffered = true,
    stderr_buffered = true,
    on_stdout = function(_, lines) out = lines end,
    on_stderr = function(_, lines) err = lines end,
    on_exit = function(_, code)
      if table.concat(out) == "" then
        return vim.notify("chasi: there is no plan (exit " .. code .. ")\n" .. table.concat(err, "\n"), vim.log.levels.ERROR)
      end
      show(table.concat(out, "\n"), root)
    end,
  })
  if job <= 0 then
    vim.notify("chasi: " .. require("chasi").options.program .. " cannot be started", vim.log.levels.ERROR)
  end
end

return M
