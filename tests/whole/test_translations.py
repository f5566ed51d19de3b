"""The languages of i18n/ are complete, and reach the people they are for."""

import copy
import io
import re

import polib
from translations import ADDON, FOLDER, LANGUAGES, TEMPLATE, out_of_step, problems

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools.translate import trans_export

from ..sending_case import SendingCase

DANISH, FINNISH = "da_DK", "fi_FI"
# what no accountant says there
WOODEN = {
    "da": r"skyldigt|skal forklares|fortryd bilag|bevis\b|nå betaleren|nyttelast",
    "fi": r"hiekkalaatik|torju|todistus|velka|\bkulut\b|hyötykuorma|takaisinkutsu",
}


def read(name):
    """Return one language's file."""
    return polib.pofile((FOLDER / f"{name}.po").read_text())


def template():
    """Return the template as it is stored."""
    return polib.pofile(TEMPLATE.read_text())


def buttons_named(text, labels):
    """Yield the labels that a text tells its reader to press."""
    for told in re.findall(r"(?:[Pp]ress |“)([A-Z][\w ]+)", text):
        names = told.split()
        ways = (" ".join(names[:length]) for length in range(len(names), 0, -1))
        if button := next((way for way in ways if way in labels), None):
            yield button


@tagged("post_install", "-at_install")
class TestTranslationFiles(TransactionCase):
    def test_words_are_those_of_accountants(self):
        for language, words in WOODEN.items():
            wooden = re.compile(words, re.IGNORECASE)
            texts = [entry.msgstr for entry in read(language)]
            self.assertEqual([text for text in texts if wooden.search(text)], [])

    def test_template_has_the_addons_terms(self):
        buffer = io.BytesIO()
        trans_export(None, [ADDON], buffer, "po", self.env)
        exported = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        stored = {entry.msgid for entry in template()}
        self.assertEqual(exported - stored, set(), "new terms: run dev/translate")
        self.assertEqual(stored - exported, set(), "gone terms: run dev/translate")

    def test_files_are_as_the_template_makes_them(self):
        self.assertEqual(out_of_step(template()), [], "run dev/translate")

    def test_languages_are_complete(self):
        for name in LANGUAGES:
            with self.subTest(name):
                self.assertEqual(list(problems(template(), {name: read(name)})), [])

    def test_texts_name_buttons_as_they_are(self):
        """“Press Connect” is of no use where the button is called something else."""
        found = 0
        for name in LANGUAGES:
            words = {entry.msgid: entry.msgstr for entry in read(name)}
            for text, translation in words.items():
                for button in buttons_named(text, words):
                    found += 1
                    with self.subTest(language=name, text=text):
                        self.assertIn(words[button], translation)
        self.assertGreater(found, 100)

    def test_what_is_wrong_is_seen(self):
        """Each kind of damage to a good translation is a problem."""
        entry = polib.POEntry(
            msgid="%(left)s of %s are <b>left</b> in {year}. ",
            msgstr="%(left)s af %s er <b>tilbage</b> i {year}. ",
        )
        pot = polib.POFile()
        pot.append(polib.POEntry(msgid=entry.msgid))

        def found(**values):
            changed = copy.copy(entry)
            for name, value in values.items():
                setattr(changed, name, value)
            file = polib.POFile()
            file.append(changed)
            return list(problems(pot, {"da": file}))

        self.assertEqual(found(), [])
        for fault, values in {
            "untranslated": {"msgstr": ""},
            "fuzzy": {"flags": ["fuzzy"]},
            "still English": {"msgstr": entry.msgid},
        }.items():
            self.assertIn(fault, found(**values)[0])
        for lost in ("%(left)s", "%s", "<b>", "</b>", "{year}", ". "):
            with self.subTest(lost):
                damaged = entry.msgstr.replace(lost, "", 1)
                self.assertIn("other placeholders", found(msgstr=damaged)[0])


@tagged("post_install", "-at_install")
class TestInOtherLanguages(SendingCase, HttpCase):
    """What a Danish and a Finnish reader see, with their dates and amounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in (DANISH, FINNISH):
            cls.env["res.lang"]._activate_lang(code)
        cls.env["ir.module.module"]._load_module_terms([ADDON], [DANISH, FINNISH])

    def speak(self, code):
        """Go on as a user of this language."""
        self.env.user.sudo().lang = code
        context = self.env["res.users"].context_get()
        self.env = self.env(context={**self.env.context, **context})

    def test_labels_and_choices(self):
        for code, label, accepted in (
            (DANISH, "Betales den", "Godkendt"),
            (FINNISH, "Maksetaan", "Hyväksytty"),
        ):
            self.speak(code)
            names = ["accepted_payment_date", "state"]
            told = self.env["mobilepay.invoice"].fields_get(names)
            self.assertEqual(told["accepted_payment_date"]["string"], label)
            self.assertEqual(dict(told["state"]["selection"])["accepted"], accepted)

    def test_alert_of_the_send_wizard(self):
        for code, words in (
            (DANISH, "Kunden har intet telefonnummer"),
            (FINNISH, "Asiakkaalla ei ole puhelinnumeroa"),
        ):
            self.speak(code)
            move = self.invoice(self.partner_b)
            self.assertIn(words, self.alert(move, mobilepay_kind="direct"))

    def test_link_with_text(self):
        """In the payer's language, whoever reads it here."""
        for code, begin, amount in (
            (DANISH, "Faktura", "1.000,00"),
            (FINNISH, "Lasku", "1 000,00"),
        ):
            self.partner_b.lang = code
            move = self.invoice(self.partner_b)
            text = self.send(move).move_id.mobilepay_link_text
            self.assertTrue(text.startswith(f"{begin} {move.name}"), text)
            # Odoo keeps an amount on one line
            self.assertIn(amount, text.replace("\N{NO-BREAK SPACE}", " "))
            self.assertIn(move.invoice_date_due.strftime("%d.%m.%Y"), text)

    def test_printed_invoice(self):
        report = self.env["ir.actions.report"]
        for code, words in (
            (DANISH, "Scan og betal med MobilePay"),
            (FINNISH, "Skannaa ja maksa MobilePaylla"),
        ):
            self.partner_b.lang = code
            move = self.invoice(self.partner_b)
            page, _kind = report._render_qweb_html("account.account_invoices", move.ids)
            self.assertIn(words, page.decode())

    def test_portal(self):
        self.repoint(base_url=self.base_url())
        move = self.invoice(self.partner_b)
        request = self.send(move)
        day = f"{fields.Date.today().year + 1}-03-09"
        self.deliver(
            self.news(request, "accepted", 1, PaymentDate=f"{day}T00:00:00+00:00")
        )
        self.process()
        for code, words in (
            (DANISH, "Du har godkendt denne faktura i MobilePay."),
            (FINNISH, "Olet hyväksynyt tämän laskun MobilePayssa."),
        ):
            prefix = self.env["res.lang"]._get_data(code=code).url_code
            page = self.url_open(f"/{prefix}{move.get_portal_url()}").text
            self.assertIn(words, page)
            self.assertIn(f"09.03.{day[:4]}", page)
