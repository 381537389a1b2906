-- Settings that hold without ../vim as well, and the language server.
vim.bo.commentstring = "// %s"
vim.bo.comments = ":///,://,s1:/*,mb:*,ex:*/"
vim.bo.expandtab = true
vim.bo.shiftwidth = 2
vim.bo.suffixesadd = ".chasi"

-- Colours by tree-sitter where its parser lies (../tree-sitter-chasi), else by Vim's syntax. Older Neovims are told by hand.
if vim.treesitter.start and #vim.api.nvim_get_runtime_file("parser/chasi.so", false) > 0 then
  vim.treesitter.start()
end

require("chasi.client").attach(vim.api.nvim_get_current_buf())
