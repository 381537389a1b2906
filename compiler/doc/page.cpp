#include "compiler/doc/page.h"
#include "compiler/doc/prose.h"

namespace chasi::doc {

namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --back: #ffffff; --text: #1d2430; --soft: #5b6675; --line: #d9dee6; --code: #f3f5f8; --link: #1257b8; --bad: #a4261d; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14181f; --text: #dfe5ee; --soft: #98a3b3; --line: #2c3441; --code: #1d232d; --link: #7db4ff; --bad: #ff9b90; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.2rem 1rem 2rem; border-right: 1px solid var(--line); font-size: .88rem; }
nav h2 { font-size: .95rem; margin: 1.2rem 0 .3rem; } nav h3 { font-size: .75rem; margin: .7rem 0 .15rem; color: var(--soft); text-transform: uppercase; letter-spacing: .05em; }
nav ul { list-style: none; margin: 0; padding: 0; } nav li { padding: .05rem 0; overflow-wrap: anywhere; }
main { padding: 1.5rem 2.5rem 5rem; max-width: 64rem; }
h1 { margin: 1.5rem 0 .5rem; } main h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; } main h3 { margin: 2rem 0 .4rem; } main h4 { margin: 1.5rem 0 .3rem; }
a { color: var(--link); text-decoration: none; } a:hover, a:focus { text-decoration: underline; }
code, pre { font-family: ui-monospace, monospace; font-size: .875em; } code { background: var(--code); padding: .05em .3em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .7rem .9rem; border-radius: 6px; overflow-x: auto; } pre code { padding: 0; background: none; overflow-wrap: normal; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .93rem; } th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } .soft { color: var(--soft); } .bad { color: var(--bad); }
blockquote { margin: -.4rem 0 1rem; padding: .1rem .9rem; border-left: 3px solid var(--bad); color: var(--soft); } blockquote p { margin: .2rem 0; }
@media (max-width: 55rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } main { padding: 1rem; } }
)";

} // namespace

void beginPage(llvm::StringRef title, llvm::raw_ostream& out) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" << escaped(title)
      << "</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n";
}

void endPage(llvm::raw_ostream& out) { out << "</main>\n</body>\n</html>\n"; }

} // namespace chasi::doc
