-- No program: one message, however many files are opened.
local here = debug.getinfo(1, "S").source:match("@?(.*)/")
local t = dofile(here .. "/checks.lua")
local said = {}
vim.notify = function(text) table.insert(said, text) end

t.run(function()
  require("chasi").setup({ program = "no-such-chasic" })
  vim.cmd("edit payments.chasi")
  vim.cmd("edit platform.chasi")
  t.check("one message", #said == 1 and said[1]:find("no%-such%-chasic is not on PATH"), said)
  t.check("no server", #require("chasi.client").clients() == 0)
  vim.cmd("checkhealth chasi")
  t.check("health says it", table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"):find("not on PATH"))
end)
