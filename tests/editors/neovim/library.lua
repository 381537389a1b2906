-- Files of the standard library lie in a cache folder, where no server should begin.
local here = debug.getinfo(1, "S").source:match("@?(.*)/")
local t = dofile(here .. "/checks.lua")
local client = require("chasi.client")
local said = {}
vim.notify = function(text) table.insert(said, text) end

local function write(file, mode)
  vim.fn.mkdir(vim.fn.fnamemodify(file, ":h"), "p")
  vim.fn.writefile({ "// text" }, file)
  vim.loop.fs_chmod(file, mode)
end

t.run(function()
  local cache = os.getenv("XDG_CACHE_HOME")
  vim.fn.mkdir("other")
  vim.fn.writefile({}, "other/workspace.chasi")
  write(vim.fn.getcwd() .. "/other/a.chasi", tonumber("644", 8))

  vim.cmd("edit other/a.chasi")
  local other = vim.api.nvim_get_current_buf()
  vim.cmd("edit platform.chasi")
  local source = vim.api.nvim_get_current_buf()
  local function ready(buffer) return #client.clients(buffer) == 1 and client.clients(buffer)[1].initialized end
  t.until_so("attached", function() return ready(other) and ready(source) end)
  local first, second = client.clients(other)[1], client.clients(source)[1]
  t.check("a workspace has its server", #client.clients() == 2 and first.id ~= second.id, #client.clients())

  vim.fn.search("^tenant ")
  local answers = vim.lsp.buf_request_sync(source, "textDocument/definition", vim.lsp.util.make_position_params(), 20000) or {}
  local place = (answers[second.id] or {}).result or {}
  local library = vim.uri_to_fname(place.uri or "file:///nowhere")
  t.check("the way from `tenant` leads into the library", library:find("/std/core/", 1, true) and vim.startswith(library, cache), library)

  vim.cmd("edit " .. library)
  local buffer = vim.api.nvim_get_current_buf()
  t.check("the library is of the server one came from", #client.clients(buffer) == 1 and client.clients(buffer)[1].id == second.id, #client.clients(buffer))
  t.check("and no other is started", #client.clients() == 2, #client.clients())
  client.restart()
  t.until_so("restarted", function() return #client.clients(buffer) == 1 and #client.clients() == 2 end, function() return #client.clients() end)
  t.check("and none of the cache", not vim.tbl_contains(vim.tbl_map(function(c) return vim.startswith(c.config.root_dir, cache) end, client.clients()), true), cache)
  first = client.clients(other)[1]
  vim.cmd("bwipeout")
  vim.cmd("buffer " .. other)
  local root
  local by_name = dofile(vim.api.nvim_get_runtime_file("lsp/chasi.lua", false)[1])
  by_name.root_dir(vim.fn.bufadd(library), function(found) root = found end)
  t.check("also where servers are enabled by name", root == first.config.root_dir, root)
  by_name.root_dir(source, function(found) root = found end)
  t.check("where other files have their own", root == second.config.root_dir, root)

  vim.cmd("edit " .. library)
  vim.cmd("ChasiPlan")
  vim.cmd("ChasiRender")
  vim.cmd("ChasiParameter")
  t.check("nothing is planned, rendered and chosen of it", #said == 3 and not said[1]:find("cannot") and said[3]:find("of your own"), said)
  t.check("no window was opened", #vim.api.nvim_list_wins() == 1, #vim.api.nvim_list_wins())

  local own = vim.fn.getcwd() .. "/chasi/prod/std/a.chasi"
  write(own, tonumber("644", 8))
  t.check("a file that one may write is none", not client.of_library(own) and client.of_library(library), own)
end)
