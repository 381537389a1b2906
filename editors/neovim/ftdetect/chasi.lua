vim.api.nvim_create_autocmd({ "BufNewFile", "BufRead" }, { pattern = "*.chasi", command = "setfiletype chasi" })
