-- For Neovim 0.11 and later: `vim.lsp.enable("chasi")`, which plugin/chasi.lua does.
local client = require("chasi.client")
return vim.tbl_extend("force", client.settings(), {
  filetypes = { "chasi" },
  root_dir = function(buffer, found)
    found(client.root(buffer))
  end,
})
