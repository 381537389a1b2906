-- Buffers that show something and are no files.
local M = {}
local known = {} -- name → buffer

-- The buffer of a name, shown in a window beside unless it is shown already; the cursor stays where it is when `stay`.
function M.show(name, filetype, stay)
  local buffer = known[name]
  if not buffer or not vim.api.nvim_buf_is_valid(buffer) then
    buffer = vim.api.nvim_create_buf(false, true)
    known[name] = buffer
    vim.api.nvim_buf_set_name(buffer, name)
    vim.api.nvim_buf_set_option(buffer, "bufhidden", "wipe")
    vim.api.nvim_buf_set_option(buffer, "filetype", filetype)
  end
  if vim.fn.bufwinid(buffer) < 0 then
    local before = vim.api.nvim_get_current_win()
    vim.cmd("vertical sbuffer " .. buffer)
    if stay then
      vim.api.nvim_set_current_win(before)
    end
  end
  return buffer
end

function M.write(buffer, lines)
  if not vim.api.nvim_buf_is_valid(buffer) then
    return -- closed meanwhile
  end
  vim.api.nvim_buf_set_option(buffer, "modifiable", true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.api.nvim_buf_set_option(buffer, "modifiable", false)
end

return M
