"""Every text is in the catalogue, and every page that is read in Chinese is in Chinese."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override, trans_real

import compile_messages
import messages
from tests import factories
from tests.meta.conftest import CANARY, World, all_routes
from users.access import Caller, rules
from users.models import Department, User
from users.queries import change_words
from users.services.changes import snapshot

SAME_IN_BOTH = {"API", "English", "简体中文", "A", "B", "C"}


def entry(english: str, chinese: str, **more: Any) -> polib.POEntry:
    return polib.POEntry(msgid=english, msgstr=chinese, **more)


def faults_of(one: polib.POEntry) -> list[str]:
    return list(messages.entry_faults(one))


# ── The catalogue ───────────────────────────────────────────────────────────


def test_every_text_of_the_sources_is_translated_and_nothing_is_left_over() -> None:
    assert messages.catalogue_faults(messages.sources(), messages.read_catalogue()) == []


def test_every_word_of_a_template_is_marked_for_translation() -> None:
    assert list(messages.unmarked_texts()) == []


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("Save", "", "untranslated"),
        ("%(n)s rows", "若干行", "placeholders differ"),
        ("%(n)s rows", "%(m)s 行", "placeholders differ"),
        ("80%% of sales", "80%% 的销售额", None),
        ("Saved, thanks", "已保存,谢谢", "half-width punctuation beside Chinese"),
        ("It did not work", "保存失败", "scolding"),
        ("As CSV", "另存为CSV", "no gap"),
        ("Such as 5 June", "例如 6月5日", None),
        ("The tier rose", "档次上升了", "term"),
        ("A run ended", "一次运行结束", "term"),
        ("Choose the customer of %(customer)s", "请选择 %(customer)s", "term"),
    ],
)
def test_the_check_sees_what_is_wrong_with_a_translation(english: str, chinese: str, fault: str | None) -> None:
    found = faults_of(entry(english, chinese))
    assert [one.startswith(fault) for one in found] == [True] if fault else found == []


def test_one_form_of_a_plural_may_spell_its_number_out() -> None:
    one = polib.POEntry(msgid="one row", msgid_plural="%(n)s rows", msgstr_plural={0: "%(n)s 行"})
    assert faults_of(one) == []


def test_the_check_sees_texts_that_are_missing_and_texts_that_are_gone() -> None:
    catalogue = polib.POFile()
    catalogue.append(entry("Gone", "已去掉"))
    found = messages.catalogue_faults([messages.Text(("", "New", ""), ["a.py"], [])], catalogue)
    assert [one.split(":")[0] for one in found] == ["a.py", "no source has this any more"]


def test_extracting_again_changes_nothing(tmp_path: Path) -> None:
    before = messages.CATALOGUE.read_text(encoding="utf-8")
    again = tmp_path / "django.po"
    messages.updated(messages.sources(), messages.read_catalogue()).save(str(again))
    assert again.read_text(encoding="utf-8") == before


def test_calls_inside_f_strings_under_other_names_and_over_lines_are_found() -> None:
    source = (
        "from django.utils.translation import gettext as _, ngettext_lazy as several, pgettext\n"
        "def f(n):\n"
        "    # Translators: 销售额\n"
        "    a = f\"{_('Sales')} / {n}\"\n"
        "    return a, several('one', 'many', n), pgettext('rail', 'To'\n    'day'), _(n)\n"
    )
    found = [(name, values[:2], comments) for name, values, comments in messages.python_texts(source)]
    assert ("gettext", ("Sales",), ["Translators: 销售额"]) in found
    assert ("ngettext_lazy", ("one", "many"), []) in found
    assert ("pgettext", ("rail", "Today"), []) in found
    assert ("gettext", (None,), []) in found


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>{% translate 'Save' %}</p>", []),
        ("<p>Save</p>", ["Save"]),
        ('<a title="Go back">{{ x }}</a>', ["Go back"]),
        ("<p>{% blocktranslate %}Save{% endblocktranslate %} {# Save #}</p>", []),
        ('<p class="some thing" data-x="a > b"><kbd>Esc</kbd></p>', []),
    ],
)
def test_words_that_nobody_marked_are_found(template: str, found: list[str]) -> None:
    assert list(messages.bare_words(template)) == found


# ── The pages ───────────────────────────────────────────────────────────────


class Words(HTMLParser):
    """The texts and spoken attributes of a page, but not what is in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        spoken = {"title", "placeholder", "aria-label", "alt", "data-l"}
        self.found |= {value.strip() for name, value in attrs if name in spoken and value}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.add(" ".join(data.split()))


def english_texts() -> re.Pattern[str]:
    """Every English text of the catalogue, with anything for its placeholders."""
    patterns = []
    for one in messages.read_catalogue():
        for text in filter(None, (one.msgid, one.msgid_plural)):
            plain = " ".join(text.replace("%%", "%").split())
            parts = messages.PLACEHOLDER.split(plain)
            if messages.translation(one) != text and re.search("[A-Za-z]{3}", "".join(parts)):
                patterns.append(".+".join(map(re.escape, parts)))
    return re.compile("|".join(sorted(patterns, key=len)))


@pytest.fixture
def compiled() -> None:
    compile_messages.main()
    trans_real._translations.clear()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["administrator", "sales_manager"])
def test_no_page_in_chinese_has_an_english_text(role: str, world: World, company: Department, compiled: None) -> None:
    user = factories.user(role, department=company, name="顾明昭", language="zh-hans")
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(user)
    english = english_texts()
    invented = {
        row[0] for rows in (User.objects.values_list("name"), User.objects.values_list("username")) for row in rows
    }
    invented |= set(Department.objects.values_list("name", flat=True))
    read, found = 0, {}
    for name, arguments in all_routes():
        need = rules.get(name).read if name != "styleguide" else None
        if need is None or (not isinstance(need, Caller) and not user.may(need)) or name == "account_login":
            continue
        answer = client.get(reverse(name, kwargs={argument: world.ids[argument] for argument in arguments}))
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        words = Words()
        words.feed(answer.content.decode())
        read += 1
        ours = {text for text in words.found - SAME_IN_BOTH - invented if CANARY not in text}
        if left := sorted(text for text in ours if english.fullmatch(text)):
            found[name] = left
    assert found == {}
    assert read > 20


@pytest.mark.django_db
def test_the_page_check_sees_a_text_left_in_english(compiled: None) -> None:
    words = Words()
    words.feed('<p>Hand over</p><b title="12 customers">客户</b><script>"Save"</script>')
    english = english_texts()
    assert sorted(text for text in words.found if english.fullmatch(text)) == ["12 customers", "Hand over"]


def test_the_libraries_speak_chinese_where_our_pages_show_their_words(compiled: None) -> None:
    """Texts of Django and allauth that a person can meet here, worded as the rest is."""
    with override("zh-hans"):
        said = {key[1]: ngettext(key[1], key[2], 2) if key[2] else gettext(key[1]) for key in messages.library_texts()}
    assert len(said) > 20
    assert {english for english, words in said.items() if english == words} == set()
    assert said["This field is required."] == "请填写。"


LOGGED = [
    "accounts.contact", "accounts.customer", "accounts.savedview", "jobs.schedule", "sales.category",
    "sales.exchangerate", "sales.order", "sales.product", "segmentation.override", "users.department",
    "users.parameterset", "users.user",
]  # fmt: skip


@pytest.mark.parametrize("label", LOGGED)
def test_the_change_log_names_every_column_in_chinese(label: str, compiled: None) -> None:
    model = apps.get_model(label)
    never_said = {"sales.order": {"digest"}, "jobs.schedule": {"kind", "params"}}.get(label, set())
    columns = [name for name in snapshot(model()) if name not in never_said]
    with override("zh-hans"):
        names = {name: change_words._label_of(model._meta.get_field(name), name) for name in columns}
        kind = str(model._meta.verbose_name)
    assert {name: words for name, words in names.items() if words.isascii()} == {}
    assert not kind.isascii()
