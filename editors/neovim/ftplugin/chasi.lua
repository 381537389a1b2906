-- Settings that hold without ../vim as well, and the language server.
vim.bo.commentstring = "// %s"
vim.bo.comments = ":///,://,s1:/*,mb:*,ex:*/"
vim.bo.expandtab = true
vim.bo.shiftwidth = 2
vim.bo.suffixesadd = ".chasi"

require("chasi.client").attach(vim.api.nvim_get_current_buf())
