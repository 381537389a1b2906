-- The server attaches to a file of the bank, and what it announces is asked for.
local here = debug.getinfo(1, "S").source:match("@?(.*)/")
local t = dofile(here .. "/checks.lua")
local client = require("chasi.client")

local function request(method, params)
  local server = assert(client.clients(0)[1], "the server has ended")
  local done, answer, problem = false, nil, nil
  client.request(server, method, params, function(p, a) done, answer, problem = true, a, p end, 0)
  vim.wait(40000, function() return done end, 20)
  return answer, problem
end

local function announced(name)
  local c = assert(client.clients(0)[1], "the server has ended")
  return (c.server_capabilities or c.resolved_capabilities)[name]
end

t.run(function()
  vim.cmd("edit risk.chasi")
  vim.cmd("edit payments.chasi") -- before the server has answered for the first
  local buffer = vim.api.nvim_get_current_buf()
  t.check("file type", vim.bo.filetype == "chasi", vim.bo.filetype)
  t.check("comments", vim.bo.commentstring == "// %s", vim.bo.commentstring)
  t.until_so("attached", function() return #client.clients(buffer) == 1 end)
  t.until_so("initialized", function() return client.clients(buffer)[1].initialized end)
  t.check("root", vim.fn.resolve(client.clients(buffer)[1].config.root_dir) == vim.fn.resolve(vim.fn.getcwd()), client.clients(buffer)[1].config.root_dir)

  local line = vim.fn.search("tenant = retail")
  vim.fn.setline(line, "  tennant = retail")
  t.until_so("diagnostics arrive", function()
    return #vim.tbl_filter(function(d) return d.lnum == line - 1 and d.col == 2 end, vim.diagnostic.get(buffer)) > 0
  end, function() return vim.diagnostic.get(buffer) end)
  vim.fn.setline(line, "     tenant   =  retail")
  t.until_so("diagnostics go", function() return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) == 0 end,
    function() return vim.diagnostic.get(buffer) end)
  local format = vim.lsp.buf.format or function(o) vim.lsp.buf.formatting_sync({}, o.timeout_ms) end
  format({ timeout_ms = 40000 })
  t.check("formatting", vim.fn.getline(line) == "  tenant = retail", vim.fn.getline(line))

  -- Neovim sends changes a moment later, and asks of its own before; what a test asks by hand waits.
  vim.wait(500)
  local place = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = { line = line - 1, character = 12 } }
  if announced("hoverProvider") then
    local answer, problem = request("textDocument/hover", place)
    t.check("hover", vim.inspect(answer):find("retail"), answer or problem)
  end
  if announced("definitionProvider") then
    local answer, problem = request("textDocument/definition", place)
    t.check("definition", vim.inspect(answer):find("platform.chasi", 1, true), answer or problem)
  end
  vim.cmd("edit platform.chasi")
  t.until_so("one server for all files of a workspace", function() return #client.clients(vim.api.nvim_get_current_buf()) == 1 end)
  t.check("and no second", #client.clients() == 1, #client.clients())
  local before = client.clients()[1].id
  require("chasi.client").restart()
  t.until_so("restarted", function() return #client.clients(buffer) == 1 and client.clients()[1].id ~= before end)
end)
