-- What is rendered of the declaration at the cursor, in a buffer that follows cursor and text.
local client = require("chasi.client")
local scratch = require("chasi.scratch")
local M = {}
local previews = {} -- address of a source → its buffer and the preview's

local function name_of(source)
  return "chasi://render/" .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(source), ":t:r") .. "." .. source .. ".yaml"
end

local function position(source)
  local window = vim.fn.bufwinid(source)
  local line, byte = unpack(vim.api.nvim_win_get_cursor(window < 0 and 0 or window))
  local text = vim.api.nvim_buf_get_lines(source, line - 1, line, false)[1] or ""
  local _, units = vim.str_utfindex(text, math.min(byte, #text)) -- the protocol counts in UTF-16
  return { line = line - 1, character = units }
end

local function draw(preview)
  local server = client.clients(preview.source)[1]
  if not server then
    return scratch.write(preview.buffer, { "# Nothing is rendered: the language server does not run" })
  end
  local about = { textDocument = { uri = vim.uri_from_bufnr(preview.source) }, position = position(preview.source) }
  client.request(server, "chasi/render", about, function(problem, answer)
    if problem then
      local said = "# Nothing is rendered: " .. (problem.message or tostring(problem))
      return scratch.write(preview.buffer, vim.split(said:gsub("\n", "\n# "), "\n"))
    end
    scratch.write(preview.buffer, vim.split(answer.yaml, "\n"))
  end, preview.source)
end

-- Of the server: something else is rendered of a document.
function M.changed(uri)
  local preview = previews[uri]
  if preview and vim.api.nvim_buf_is_valid(preview.buffer) then
    draw(preview)
  end
end

function M.open()
  local source = vim.api.nvim_get_current_buf()
  if not client.own(source) then
    return vim.notify("chasi: open a .chasi file of your own to see what is rendered of it")
  end
  local uri = vim.uri_from_bufnr(source)
  local preview = { source = source, buffer = scratch.show(name_of(source), "yaml", true) }
  previews[uri] = preview
  local group = vim.api.nvim_create_augroup("chasi_render_" .. source, {})
  vim.api.nvim_create_autocmd("CursorHold", { group = group, buffer = source, callback = function() M.changed(uri) end })
  vim.api.nvim_create_autocmd("BufWipeout", { group = group, buffer = preview.buffer, callback = function()
    previews[uri] = nil
    vim.api.nvim_del_augroup_by_id(group)
  end })
  draw(preview)
end

return M
