-- Starts the language server in the way that this Neovim knows: by name (0.11), by vim.lsp.start (0.8), or by vim.lsp.start_client (0.7).
local M = {}
local NAME = "chasi"

local function say(text)
  vim.notify("chasi: " .. text, vim.log.levels.WARN)
end

-- A value as it is written behind `--set NAME=`.
function M.text(value)
  return type(value) == "string" and value or vim.json.encode(value)
end

-- What the server is told; it takes the whole name of a file. Lua's empty table would be an empty list.
function M.choice()
  local options = require("chasi").options
  local file = options.parameters
  return {
    environment = options.environment,
    parametersFile = file == "" and "" or vim.fn.fnamemodify(vim.fn.expand(file), ":p"),
    parameters = next(options.set) and options.set or vim.empty_dict(),
    hints = next(options.hints) and options.hints or vim.empty_dict(),
  }
end

-- Of code lenses: the server names a document and a place in it.
local function at(command)
  local uri, place = unpack(command.arguments)
  vim.cmd("buffer " .. vim.uri_to_bufnr(uri))
  vim.api.nvim_win_set_cursor(0, { place.line + 1, place.character })
end
local commands = {
  ["chasi.render"] = function(command)
    at(command)
    require("chasi.render").open()
  end,
  ["chasi.plan"] = function(command)
    at(command)
    require("chasi.plan").open()
  end,
  ["chasi.showReferences"] = function(command)
    at(command)
    vim.lsp.buf.references()
  end,
}

-- What all three ways are given.
function M.settings()
  local options = require("chasi").options
  return {
    name = NAME,
    cmd = vim.list_extend({ vim.fn.expand(options.program) }, options.arguments),
    init_options = M.choice(),
    commands = commands,
    handlers = {
      ["chasi/renderChanged"] = function(_, about)
        require("chasi.render").changed(about.uri)
      end,
    },
  }
end

-- A file of the standard library: the server keeps read-only copies in the user's cache folder, chasi/VERSION/std/. No module of the user's has it.
function M.of_library(file)
  return file:match("[/\\]chasi[/\\][^/\\]+[/\\]std[/\\]") ~= nil and not vim.fn.getfperm(file):find("w", 1, true)
end

-- Whether a buffer is a .chasi file of the user's.
function M.own(buffer)
  return vim.bo[buffer].filetype == "chasi" and not M.of_library(vim.api.nvim_buf_get_name(buffer))
end

-- Into the library one comes from a file that has a server, and that one knows the way: the root of the buffer one looks at, came from, or has at all.
local function root_before(library)
  for _, buffer in ipairs(vim.list_extend({ library, vim.api.nvim_get_current_buf(), vim.fn.bufnr("#") }, vim.api.nvim_list_bufs())) do
    local root = buffer > 0 and vim.b[buffer].chasi_root
    if root then
      return root
    end
  end
end

-- The nearest folder above a buffer's file that holds a workspace; else the file's own.
function M.root(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  local root = M.of_library(file) and root_before(buffer)
  if not root then
    local folder = vim.fn.fnamemodify(file, ":p:h")
    local found = vim.fn.findfile("workspace.chasi", vim.fn.escape(folder, " ,;") .. ";")
    root = found == "" and folder or vim.fn.fnamemodify(found, ":p:h")
  end
  if vim.bo[buffer].filetype == "chasi" then
    vim.b[buffer].chasi_root = root
  end
  return root
end

-- The servers of ours that run; those of one buffer when it is given.
function M.clients(buffer)
  local all = vim.lsp.get_clients and vim.lsp.get_clients({ name = NAME }) or vim.lsp.get_active_clients()
  return vim.tbl_filter(function(client)
    return client.name == NAME and (not buffer or vim.lsp.buf_is_attached(buffer, client.id))
  end, all)
end

function M.request(client, method, params, answered, buffer)
  if vim.fn.has("nvim-0.11") == 1 then
    return client:request(method, params, answered, buffer)
  end
  return client.request(method, params, answered, buffer)
end

function M.notify(client, method, params)
  if vim.fn.has("nvim-0.11") == 1 then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

local told = false
local function there()
  local program = vim.fn.expand(require("chasi").options.program)
  if vim.fn.executable(program) == 1 then
    return true
  end
  if not told then
    told = true -- once is enough, however many files are opened
    say(program .. " is not on PATH; require('chasi').setup({ program = ... }) may say where it is")
  end
  return false
end

local started = {} -- root → server; Neovim 0.7 lists only those that have answered
local function by_hand(buffer, settings)
  local id = started[settings.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(settings)
    started[settings.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

function M.attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  -- Previews and the like are no files.
  if vim.g.chasi_no_server or file == "" or vim.bo[buffer].buftype ~= "" or not there() then
    return
  end
  if vim.lsp.config and vim.lsp.enable then
    return -- plugin/chasi.lua has said it
  end
  local settings = M.settings()
  settings.root_dir = M.root(buffer)
  if vim.lsp.start then
    vim.lsp.start(settings, { bufnr = buffer })
  else
    by_hand(buffer, settings)
  end
end

-- Ends the servers and starts new ones for the buffers that they had, with the options as they are now.
function M.restart()
  local buffers = {}
  for _, client in ipairs(M.clients()) do
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.lsp.buf_is_attached(buffer, client.id) then
        buffers[buffer] = true
      end
    end
    vim.lsp.stop_client(client.id)
  end
  told = false
  -- What has ended is gone from the list only after the server has answered.
  vim.wait(2000, function() return #M.clients() == 0 end, 20)
  if vim.lsp.config and vim.lsp.enable then
    vim.lsp.config(NAME, M.settings())
    vim.lsp.enable(NAME, false)
    vim.lsp.enable(NAME)
    return
  end
  started = {}
  for buffer in pairs(buffers) do
    M.attach(buffer)
  end
end

-- Says to the servers that run what is chosen.
function M.tell()
  for _, client in ipairs(M.clients()) do
    M.notify(client, "workspace/didChangeConfiguration", { settings = M.choice() })
  end
end

return M
