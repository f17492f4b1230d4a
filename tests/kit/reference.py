#!/usr/bin/env python3
"""docs/plugins.md is what our plugins say of themselves, and every one of them is in it."""
import re
import sys

from pagecast_kit import BUILD, ROOT, KitTest, main


class Reference(KitTest):
    def test_the_page_of_plugins_is_what_they_say(self):  # native
        written = (ROOT / "docs/plugins.md").read_text()
        said = self.run_in(ROOT, sys.executable, ROOT / "scripts/plugins-page.py", BUILD)
        self.assertEqual(written, said, "run: scripts/plugins-page.py build/dev > docs/plugins.md")
        sources = set(re.findall(r"pc_plugin\(NAME (\w+)", "".join(p.read_text() for p in (ROOT / "plugins").glob("*/CMakeLists.txt"))))
        self.assertGreater(len(sources), 4)
        self.assertEqual(sources - set(re.findall(r"^## (\S+)$", written, re.M)), set())
        for page in re.findall(r"\]\(([\w.-]+)\)", written):
            self.assertTrue((ROOT / "docs" / page).is_file(), page)


if __name__ == "__main__":
    main()
