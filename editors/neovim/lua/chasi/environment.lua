-- Chooses the environment: by its name, or from those that the server knows.
local client = require("chasi.client")
local M = {}
local NO_SUCH_METHOD = -32601 -- JSON-RPC

-- The names of files in env/, for servers that cannot be asked and while a command is typed.
function M.files()
  local root = client.root(vim.api.nvim_get_current_buf())
  local names = {}
  for _, file in ipairs(vim.fn.globpath(root, "env/*.chasi", true, true)) do
    table.insert(names, vim.fn.fnamemodify(file, ":t:r"))
  end
  table.sort(names)
  return names
end

function M.complete(typed)
  return vim.tbl_filter(function(name) return vim.startswith(name, typed) end, M.files())
end

local function set(name)
  require("chasi").options.environment = name
  client.tell()
end

local function pick(names)
  if #names == 0 then
    vim.notify("chasi: this workspace has no environments: there is no file env/NAME.chasi")
    return
  end
  local none = "(none)"
  vim.ui.select(vim.list_extend({ none }, names), { prompt = "chasi: environment" }, function(chosen)
    if chosen then
      set(chosen == none and "" or chosen)
    end
  end)
end

function M.choose(name)
  if name ~= "" then
    return set(name)
  end
  local server = client.clients(vim.api.nvim_get_current_buf())[1]
  if not server or not client.own(0) then
    return pick(M.files())
  end
  client.request(server, "chasi/environments", { textDocument = { uri = vim.uri_from_bufnr(0) } }, function(problem, answer)
    if problem and problem.code == NO_SUCH_METHOD then
      return pick(M.files())
    elseif problem then
      return vim.notify("chasi: " .. problem.message, vim.log.levels.ERROR)
    end
    pick(vim.tbl_map(function(e) return type(e) == "table" and e.name or e end, answer.environments))
  end, 0)
end

return M
