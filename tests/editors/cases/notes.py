"""What every package has."""

from report import ROOT


def case_every_package_says_how_it_is_installed(folder):
    packages = [p for p in (ROOT / "editors").iterdir() if p.is_dir()]
    return [f"editors/{p.name} has no README.md" for p in packages if not (p / "README.md").exists()]
