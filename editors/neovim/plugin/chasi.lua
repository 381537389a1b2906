-- Commands. Nothing is loaded before one is used or a .chasi file is opened.
if vim.g.loaded_chasi then
  return
end
vim.g.loaded_chasi = 1

local function command(name, run, options)
  vim.api.nvim_create_user_command(name, run, options or {})
end

command("ChasiRender", function() require("chasi.render").open() end, { desc = "What is rendered of the declaration at the cursor" })
command("ChasiPlan", function(given) require("chasi.plan").open(given.fargs) end, { nargs = "*", desc = "chasic plan, as a tree" })
command("ChasiEnvironment", function(given) require("chasi.environment").choose(given.args) end, {
  nargs = "?",
  desc = "The environment of errors, previews and plans",
  complete = function(typed) return require("chasi.environment").complete(typed) end,
})
command("ChasiParameter", function(given)
  local run = given.bang and "clear" or "choose"
  require("chasi.parameters")[run](given.args)
end, {
  nargs = "?",
  bang = true,
  desc = "Values of parameters for errors, previews and plans",
  complete = function(typed) return require("chasi.parameters").complete(typed) end,
})
command("ChasiRestart", function() require("chasi.client").restart() end, { desc = "Start the language server anew" })

-- Most Neovims watch no files for a server. Before the package is used there is none to be told.
vim.api.nvim_create_autocmd("BufWritePost", { callback = function(written)
  local client = package.loaded["chasi.client"]
  if client and vim.fn.fnamemodify(written.match, ":p") == client.choice().parametersFile then
    client.tell()
  end
end })

-- With a Neovim that knows configurations of servers by name, `lsp/chasi.lua` is the whole of it.
if vim.lsp.config and vim.lsp.enable and not vim.g.chasi_no_server then
  vim.lsp.enable("chasi")
end
