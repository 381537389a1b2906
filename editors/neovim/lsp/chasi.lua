-- For Neovim 0.11 and later: `vim.lsp.enable("chasi")`, which plugin/chasi.lua does.
return vim.tbl_extend("force", require("chasi.client").settings(), {
  filetypes = { "chasi" },
  root_markers = { "workspace.chasi", ".git" },
})
