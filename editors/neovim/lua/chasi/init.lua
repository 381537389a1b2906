-- What a user's configuration calls; all of it may be left out.
local M = {
  options = {
    program = "chasic",
    arguments = { "lsp" },
    environment = "", -- as chasic --env
    parameters = "", -- a YAML or JSON file, as chasic --params
    set = {}, -- values by name, as chasic --set: { replicas = 3 }
    hints = {}, -- those not wanted beside the text: { defaults = false }
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

-- For a status line: the environment that is chosen, and how many parameters have a value.
function M.status()
  local chosen = {}
  if M.options.environment ~= "" then
    table.insert(chosen, M.options.environment)
  end
  local set = vim.tbl_count(M.options.set)
  if set > 0 then
    table.insert(chosen, set .. (set > 1 and " parameters" or " parameter"))
  end
  return #chosen == 0 and "chasi" or "chasi: " .. table.concat(chosen, ", ")
end

return M
