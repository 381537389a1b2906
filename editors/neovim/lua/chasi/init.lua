-- What a user's configuration calls; all of it may be left out.
local M = {
  options = {
    program = "chasic",
    arguments = { "lsp" },
    environment = "", -- as chasic --env
    parameters = "", -- a YAML or JSON file, as chasic --params
    plan = {}, -- more for chasic plan, such as { "--offline" }
  },
}

function M.setup(options)
  for name in pairs(options or {}) do
    if M.options[name] == nil then
      error("chasi: there is no option " .. name)
    end
  end
  M.options = vim.tbl_extend("force", M.options, options or {})
end

-- For a status line: the environment that is chosen.
function M.status()
  local environment = M.options.environment
  return environment == "" and "chasi" or "chasi: " .. environment
end

return M
