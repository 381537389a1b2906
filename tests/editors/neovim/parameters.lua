-- Values of parameters, chosen from what the server tells of the bank.
local here = debug.getinfo(1, "S").source:match("@?(.*)/")
local t = dofile(here .. "/checks.lua")
local client = require("chasi.client")
local parameters = require("chasi.parameters")
local said, rows = {}, {}
vim.notify = function(text) table.insert(said, text) end

-- Lets a user pick the row that begins so, and then answers with a text or another row.
local function pick(row, answer)
  rows = {}
  local default
  local function first(items, begins, shown)
    for _, item in ipairs(items) do
      if vim.startswith(shown(item), begins) then return item end
    end
  end
  vim.ui.select = function(items, options, done)
    local shown = options.format_item or tostring
    if #rows > 0 then return done(first(items, answer, shown)) end
    rows = vim.tbl_map(shown, items)
    done(first(items, row, shown))
  end
  vim.ui.input = function(options, done) default = options.default done(answer) end
  vim.cmd("ChasiParameter")
  vim.wait(40000, function() return #rows > 0 end, 20)
  return default
end

local function set() return require("chasi").options.set end

local function rendered()
  local answer
  client.request(client.clients(0)[1], "chasi/environments", { textDocument = { uri = vim.uri_from_bufnr(0) } }, function(_, a) answer = a end, 0)
  vim.wait(40000, function() return answer end, 20)
  for _, p in ipairs(answer and answer.parameters or {}) do
    if p.name == "release" then return p.value end
  end
end

t.run(function()
  vim.cmd("edit platform.chasi")
  local buffer = vim.api.nvim_get_current_buf()
  t.until_so("attached", function() return #client.clients(buffer) == 1 and client.clients(buffer)[1].initialized end)
  t.check("nothing is chosen at first", vim.json.encode(client.choice().parameters) == "{}", client.choice())
  require("chasi").setup({ hints = { defaults = false } })
  t.check("hints that are not wanted are told", vim.deep_equal(client.choice().hints, { defaults = false }), client.choice())

  local default = pick("release", "7")
  t.check("a text is typed without quotes, over the value that holds", set().release == "7" and default == "2026.11.2", { set(), default })
  t.check("parameters with their types", vim.startswith(rows[1] or "", 'env: "dev" | "prod" = '), rows)
  t.until_so("the server has it", function() return rendered() == '"7"' end, rendered)
  pick("env", "prod")
  t.check("one of a few is picked", set().env == "prod", set())
  t.check("both are counted", require("chasi").status() == "chasi: 2 parameters", require("chasi").status())
  local words = table.concat(require("chasi.plan").words("platform.chasi"), " ")
  t.check("and go to the program", words:find("--set env=prod --set release=7", 1, true), words)
  pick("release", nil)
  t.check("a field that is left changes nothing", set().release == "7", set())

  pick("clear env")
  t.check("one is cleared", vim.deep_equal(set(), { release = "7" }), set())
  vim.cmd("ChasiParameter size = 3 Gi")
  t.check("by name, with whatever is behind the sign", set().size == " 3 Gi", set())
  t.check("names are completed", vim.deep_equal(parameters.complete("s"), { "size" }), parameters.complete("s"))
  vim.cmd("ChasiParameter! size")
  t.check("one is cleared by name", vim.deep_equal(set(), { release = "7" }), set())
  vim.cmd("ChasiParameter!")
  t.check("all are cleared", vim.deep_equal(set(), {}), set())
  t.until_so("the server as well", function() return rendered() == '"2026.11.2"' end, rendered)
  t.check("nothing was said besides", #said == 0, said)
  vim.cmd("ChasiParameter size")
  t.check("a name alone is no value", #said == 1 and said[1]:find("NAME=VALUE"), said)

  local request = client.request
  local function with(answer)
    client.request = function(_, _, _, done) done(nil, answer) end
  end
  with({ environments = {}, parameters = { { name = "password", type = "Secret?" }, { name = "Secretary", type = "SecretaryName" } } })
  pick("password", "hunter2")
  t.check("a secret is no setting", vim.deep_equal(set(), {}) and said[2]:find("is a secret"), { set(), said })
  pick("Secretary", "x")
  t.check("what is only named so is", set().Secretary == "x", set())
  vim.cmd("ChasiParameter!")
  with({ environments = {} })
  vim.cmd("ChasiParameter")
  t.check("a server that does not tell of parameters", said[3] and said[3]:find("does not say which"), said)
  client.request = request

  t.check("types that leave a choice", vim.deep_equal({ parameters.choices("Bool"), parameters.choices('"a b" | 1'), parameters.choices("String | Int") or "-", parameters.choices('"a | b"') or "-" },
    { { "true", "false" }, { "a b", "1" }, "-", "-" }), parameters.choices('"a b" | 1'))
  t.check("values as they are typed", vim.deep_equal(vim.tbl_map(parameters.typed, { '"a"', "3", "5Gi", '"aaaa…' }), { "a", "3", "5Gi", "" }), parameters.typed('"aaaa…'))
end)
