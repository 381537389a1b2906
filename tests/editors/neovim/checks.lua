-- Collects what was wrong, and writes it to $OUT.
local M = { said = {} }

function M.check(name, holds, found)
  M.said[name] = holds and "" or ("found " .. vim.inspect(found))
end

-- Until something is so; a sanitized server on a busy machine takes its time.
function M.until_so(name, holds, found)
  local so = vim.wait(40000, holds, 20)
  M.check(name, so, found and found() or "nothing in time")
  return so
end

-- Runs a script's checks; whatever happens there is a result.
function M.run(checks)
  local ok, problem = pcall(checks)
  if not ok then
    M.said["the script"] = tostring(problem)
  end
  local file = assert(io.open(os.getenv("OUT"), "w"))
  file:write(vim.json.encode(M.said))
  file:close()
  vim.cmd("qall!")
end

return M
