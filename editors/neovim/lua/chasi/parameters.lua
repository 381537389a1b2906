-- Chooses values for parameters of the module, as chasic --set: by name, or from those that the server knows.
local client = require("chasi.client")
local M = {}
local NO_SUCH_METHOD = -32601 -- JSON-RPC

local function say(text, level)
  vim.notify("chasi: " .. text, level or vim.log.levels.INFO)
end

local function names()
  local all = vim.tbl_keys(require("chasi").options.set)
  table.sort(all)
  return all
end

function M.complete(typed)
  return vim.tbl_filter(function(name) return vim.startswith(name, typed) end, names())
end

-- Without a value the parameter has the one that the module gives it.
local function set(name, value)
  local options = require("chasi").options
  options.set = vim.tbl_extend("force", {}, options.set)
  options.set[name] = value
  client.tell()
end

-- What a type leaves to choose from, as one writes it behind `--set NAME=`; nil when that is no short list.
function M.choices(type)
  if type == "Bool" then
    return { "true", "false" }
  end
  local written = vim.split(type, " | ", { plain = true })
  for _, one in ipairs(written) do
    if not one:match('^"[^"\\]*"$') and not one:match("^-?%d+$") then
      return nil
    end
  end
  return #written > 1 and vim.tbl_map(function(one) return (one:gsub('"', "")) end, written) or nil
end

-- A value of the server is JSON; a text is typed without quotes. What was cut because it is long is no value.
function M.typed(value)
  if not value or value:match("…$") then
    return ""
  end
  local ok, read = pcall(vim.json.decode, value)
  return ok and type(read) == "string" and read or value
end

local function ask(parameter)
  if parameter.type:match("%f[%w]Secret%f[%W]") then
    return say(parameter.name .. " is a secret, and settings are no place for one; a file for `parameters` may hold it", vim.log.levels.ERROR)
  end
  local function chosen(value)
    if value then
      set(parameter.name, value)
    end
  end
  local prompt = parameter.name .. ": " .. parameter.type
  local choices = M.choices(parameter.type)
  if choices then
    return vim.ui.select(choices, { prompt = prompt }, chosen)
  end
  local value = require("chasi").options.set[parameter.name]
  vim.ui.input({ prompt = prompt .. " = ", default = value == nil and M.typed(parameter.value) or client.text(value) }, chosen)
end

-- The list that is chosen from: parameters to set, and values to take back.
local function rows_of(parameters)
  local rows = {}
  local values = require("chasi").options.set
  for _, p in ipairs(parameters or {}) do
    local value = values[p.name] ~= nil and client.text(values[p.name]) .. " (chosen)" or p.value
    table.insert(rows, { text = p.name .. ": " .. p.type .. (value and " = " .. value or ""), run = function() ask(p) end })
  end
  for _, name in ipairs(names()) do
    table.insert(rows, { text = "clear " .. name, run = function() set(name, nil) end })
  end
  if #names() > 1 then
    table.insert(rows, { text = "clear all", run = M.clear })
  end
  return rows
end

local function pick(parameters)
  local rows = rows_of(parameters)
  if #rows == 0 then
    return say(parameters and "this module has no parameters" or "the language server does not say which parameters there are; :ChasiParameter NAME=VALUE sets one")
  end
  vim.ui.select(rows, { prompt = "chasi: parameters", format_item = function(row) return row.text end }, function(row)
    if row then
      row.run()
    end
  end)
end

-- One value, or all of them.
function M.clear(name)
  if name and name ~= "" then
    return set(name, nil)
  end
  require("chasi").options.set = {}
  client.tell()
end

function M.choose(assignment)
  local name, value = assignment:match("^([^=]+)=(.*)$")
  if name then
    return set(vim.trim(name), value)
  elseif assignment ~= "" then
    return say("a value is set by NAME=VALUE", vim.log.levels.ERROR)
  end
  local server = client.clients(vim.api.nvim_get_current_buf())[1]
  if not server or not client.own(0) then
    return say("open a .chasi file of your own to choose values for the parameters of its module")
  end
  client.request(server, "chasi/environments", { textDocument = { uri = vim.uri_from_bufnr(0) } }, function(problem, answer)
    if problem and problem.code ~= NO_SUCH_METHOD then
      return say(problem.message, vim.log.levels.ERROR)
    end
    pick(answer and answer.parameters)
  end, 0)
end

return M
