-- The commands, as far as they need no cluster.
local here = debug.getinfo(1, "S").source:match("@?(.*)/")
local t = dofile(here .. "/checks.lua")
local client = require("chasi.client")
local said = {}
vim.notify = function(text) table.insert(said, text) end

local function text(buffer) return table.concat(vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false), "\n") end

t.run(function()
  require("chasi").setup({ plan = { "--offline" } })
  t.check("an option that there is none of is refused", not pcall(require("chasi").setup, { programme = "x" }))
  vim.cmd("edit platform.chasi")
  local source = vim.api.nvim_get_current_buf()
  t.until_so("attached", function() return #client.clients(source) == 1 and client.clients(source)[1].initialized end)

  -- What the server is told of a parameters file: its whole name, and again when it is written.
  local told = {}
  local notify = client.notify
  client.notify = function(server, method, params) table.insert(told, params.settings) return notify(server, method, params) end
  local file = vim.fn.getcwd() .. "/p.yaml"
  vim.fn.writefile({ "release: '7'" }, file)
  require("chasi").setup({ parameters = "p.yaml" })
  t.check("the parameters file by its whole name", client.choice().parametersFile == file, client.choice())
  t.check("for plans as well", vim.tbl_contains(require("chasi.plan").words("platform.chasi"), file), require("chasi.plan").words("platform.chasi"))
  vim.cmd("edit p.yaml | write")
  t.check("told again when it is written", #told == 1 and told[1].parametersFile == file, told)
  vim.cmd("write! q.yaml")
  t.check("and not of other files", #told == 1, told)
  client.notify = notify
  require("chasi").setup({ parameters = "" })
  client.tell()
  vim.cmd("buffer " .. source)

  local names = {}
  vim.ui.select = function(items, _, done) names = items; done("prod") end
  vim.cmd("ChasiEnvironment")
  t.until_so("environments are offered", function() return #names > 0 end)
  t.check("by their names", vim.tbl_contains(names, "prod") and vim.tbl_contains(names, "dev"), names)
  t.check("the choice holds", require("chasi").options.environment == "prod" and require("chasi").status() == "chasi: prod", require("chasi").status())
  t.check("names are completed", vim.deep_equal(require("chasi.environment").complete("st"), { "stage" }), require("chasi.environment").complete("st"))

  vim.cmd("ChasiPlan")
  t.until_so("a plan is shown", function() return text():find("create", 1, true) end, function() return { said, text() } end)
  t.check("for what is chosen", text():find("Namespace retail", 1, true) and not text():find("nothing to do", 1, true), text():sub(1, 400))
  vim.fn.search("Namespace retail$")
  vim.cmd([[execute "normal \<CR>"]])
  t.check("enter goes to the source", vim.fn.expand("%:t") == "platform.chasi" and vim.fn.getline("."):find("tenant retail", 1, true), vim.fn.expand("%:t") .. " " .. vim.fn.getline("."))

  -- A lens of the server does the same for its file, whichever is looked at.
  vim.cmd("only | edit payments.chasi")
  client.clients(source)[1].commands["chasi.plan"]({ arguments = { vim.uri_from_bufnr(source), { line = 0, character = 0 } } })
  t.until_so("a lens plans", function() return text():find("Namespace retail", 1, true) end, function() return { said, text() } end)
  t.check("beside its file", vim.fn.bufwinid(source) > 0, vim.fn.bufname(vim.fn.winbufnr(1)))

  vim.cmd("only | buffer " .. source)
  vim.fn.search("tenant retail")
  vim.cmd("ChasiRender")
  local preview
  t.until_so("a preview is shown", function()
    for _, b in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_get_name(b):find("chasi://render", 1, true) and text(b) ~= "" then preview = b end
    end
    return preview
  end)
  -- A server without rendering says so in the preview; one with it gives the tenant's objects.
  local rendered = preview and text(preview) or "nothing"
  t.check("with what is rendered, or why not", rendered:find("kind: Namespace", 1, true) or rendered:find("Nothing is rendered: .*chasi/render"), rendered)
  t.check("and nothing was said besides", #said == 0, said)

  local rows = require("chasi.plan").rows({
    targets = { { name = "core", context = "x" }, { name = "away", context = "y", problem = { message = "does not answer" } } },
    prunes = { { target = "core", object = { kind = "Secret", name = "old" } } },
    operations = {
      { id = "a", action = "update", target = "core", object = { kind = "Service", namespace = "n", name = "a" }, changes = { { path = "p", before = 1, after = 2 }, { path = "q", secret = true } } },
      { id = "image.b", action = "build" },
      { id = "c", action = "none", target = "core" },
    },
  })
  local lines = vim.tbl_map(function(row) return row.text end, rows)
  t.check("rows of a plan", vim.deep_equal(lines, { "core (x)", "  update", "    Service n/a", "      p: 1 → 2", "      q: a secret, kept back", "  delete", "    Secret old",
    "away: does not answer", "(no cluster)", "  build", "    image.b" }), lines)

  local health = vim.fn.execute("checkhealth chasi")
  t.check("health", text():find("start", 1, true) and text():find("language server", 1, true) and not text():find("ERROR", 1, true), { health, text() })
end)
