-- `:checkhealth chasi`
local M = {}

function M.check()
  local health = vim.health or require("health")
  local ok, warn, bad = health.ok or health.report_ok, health.warn or health.report_warn, health.error or health.report_error;
  (health.start or health.report_start)("chasi")
  local program = vim.fn.expand(require("chasi").options.program)
  if vim.fn.executable(program) == 0 then
    bad(program .. " is not on PATH", { "Put it there, or say where it is: require('chasi').setup({ program = '/path/to/chasic' })" })
    return
  end
  local version = vim.fn.system({ program, "version" })
  if vim.v.shell_error ~= 0 then
    bad(program .. " does not run: " .. version)
    return
  end
  ok(vim.fn.exepath(program) .. ": " .. vim.split(version, "\n")[1])
  local way = vim.lsp.config and "vim.lsp.enable" or vim.lsp.start and "vim.lsp.start" or "vim.lsp.start_client"
  ok("the language server is started by " .. way)
  ok(#require("chasi.client").clients() .. " language servers run")
  local parser = #vim.api.nvim_get_runtime_file("parser/chasi.so", false) > 0
  local syntax = #vim.api.nvim_get_runtime_file("syntax/chasi.vim", false) > 0
  if parser or syntax then
    ok("colours: " .. (parser and "tree-sitter" or "Vim's syntax"))
  else
    warn("there are no colours", { "Install editors/vim, or the parser and the queries of editors/tree-sitter-chasi" })
  end
end

return M
