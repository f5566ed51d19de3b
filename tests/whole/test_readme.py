"""README.rst is in step with its fragments, and true where a machine can tell."""

import ast
import re
from pathlib import Path

from readme_pages import PICTURES, out_of_step, readme

from odoo.tests import BaseCase, tagged

REPOSITORY = Path(__file__).resolve().parents[2]


@tagged("post_install", "-at_install")
class TestReadme(BaseCase):
    def test_in_step_with_fragments(self):
        self.assertEqual(out_of_step(), [], "run dev/readme")

    def test_shows_all_pictures(self):
        shown = set(re.findall(r"\.\. image:: static/description/(\S+)", readme()))
        there = {file.name for file in (REPOSITORY / PICTURES).glob("*.png")}
        self.assertEqual(shown, there - {"icon.png"})
        page = (REPOSITORY / PICTURES / "index.html").read_text()
        # beside the page, which is where Odoo looks for them
        self.assertEqual(set(re.findall(r'src="([^"]+)"', page)), shown)

    def test_pictures_are_small(self):
        for file in (REPOSITORY / PICTURES).glob("*.png"):
            self.assertLess(file.stat().st_size, 150_000, file.name)

    def test_commands_exist(self):
        commands = set(re.findall(r"\bdev/[a-z-]+(?![\w/.-])", readme()))
        self.assertIn("dev/demo", commands)
        missing = [name for name in commands if not (REPOSITORY / name).is_file()]
        self.assertEqual(missing, [])

    def test_names_all_python_packages(self):
        manifest = ast.literal_eval((REPOSITORY / "__manifest__.py").read_text())
        [line] = re.findall(r"pip install (.+)", readme())
        self.assertEqual(line.split(), manifest["external_dependencies"]["python"])

    def test_quotes_labels_that_exist(self):
        """Buttons and menus that README and PARTNERS name are those of the views."""
        partners = (REPOSITORY / "readme/PARTNERS.md").read_text()
        words = " ".join((readme() + partners).split())
        views = "".join(
            file.read_text()
            for folder in ("views", "wizard")
            for file in (REPOSITORY / folder).rglob("*.xml")
        )
        for label in (
            "Send via MobilePay",
            "Refresh status",
            "Cancel at MobilePay",
            "MobilePay Requests",
            "MobilePay Batches",
            "MobilePay Consents",
            "MobilePay Transfers",
            "MobilePay on the Bank",
            "What MobilePay Owes",
            "Match MobilePay",
            "Fetch transfers",
            "Undo entry",
            "Post again",
            "Show the rows",
            "Transfers and Bank",
            "Renew the secret",
            "Encrypt anew",
            "Forget secrets",
            "Go-live check",
            "Go-Live Checks",
            "Print the report",
            "Set up MobilePay",
            "Set Up MobilePay",
            "Copy the e-mail",
            "I have sent it",
            "The books are right",
            "Send the test",
            "Cancel the test invoice",
            "Skip the test",
            "Guided set-up",
        ):
            with self.subTest(label):
                self.assertTrue(label in words, "the README names it")
                self.assertTrue(f'"{label}"' in views, "a view has it")
