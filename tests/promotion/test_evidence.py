"""Evidence files: what they are is read from their bytes; seen and downloaded by who may see the project, never shown inline."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import AccessLog, Door
from promotion.models import Evidence, Level
from promotion.rules import stages
from promotion.services import evidence as service
from promotion.services.evidence import add_evidence, clean_name, save_evidence
from promotion.services.projects import advance_stage
from tests.factories import made
from tests.promotion.factories import NOW, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 example"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def officer() -> User:
    user = a_person("officer-1")
    user.language = "en"
    saved: User = made(user)
    return saved


@pytest.fixture
def client(officer: User, client_as: Callable[..., Client]) -> Client:
    return client_as(officer)


def container(*names: str) -> bytes:
    """A ZIP file with these names in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


DOCX = container("[Content_Types].xml", "word/document.xml")


def keep(project: Any, name: str = "合同.pdf", content: bytes = PDF, **values: Any) -> Any:
    values.setdefault("kind", "agreement")
    upload = SimpleUploadedFile(name, content)
    return add_evidence(project, upload=upload, by=project.owner, door=Door.ADMIN, at=NOW, **values)


def refused(work: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        work()
    return caught.value


def files() -> int:
    """How many files the storage holds."""

    def below(folder: str) -> int:
        folders, names = default_storage.listdir(folder)
        return len(names) + sum(below(f"{folder}/{each}" if folder else each) for each in folders)

    return below("")


# --- what is taken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("合同.pdf", PDF, "application/pdf"),
        ("SITE.PNG", PNG, "image/png"),
        ("site.jpeg", b"\xff\xd8\xff\xe0" + b"0" * 20, "image/jpeg"),
        ("site.webp", b"RIFF0000WEBPVP8 ", "image/webp"),
        ("评审.docx", DOCX, service.DOCX.content_type),
        ("表.xlsx", container("[Content_Types].xml", "xl/workbook.xml"), service.XLSX.content_type),
        ("批复.ofd", container("OFD.xml"), "application/ofd"),
    ],
)
def test_file_is_what_its_bytes_say(officer: User, name: str, content: bytes, content_type: str) -> None:
    row = keep(a_project(), name, content)

    assert (row.content_type, row.file_name, row.size) == (content_type, name, len(content))
    # Neither the name nor its ending leads to what is stored.
    assert "." not in row.file.name.rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "empty"),
        ("page.pdf", b"<html><script>alert(1)</script></html>", "unknown_type"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_type"),
        ("program.pdf", b"MZ\x90\x00" + b"0" * 60, "unknown_type"),
        ("photo.png", PDF, "wrong_extension"),
        ("合同.pdf.html", PDF, "wrong_extension"),
        ("archive.docx", container("a.txt"), "unknown_type"),
        ("macro.docx", container("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "unknown_type"),
        ("both.docx", container("[Content_Types].xml", "word/document.xml", "OFD.xml"), "unknown_type"),
        ("cut.docx", DOCX[:-30], "unknown_type"),
    ],
)
def test_file_that_is_none_of_these_is_refused_and_not_kept(
    officer: User, name: str, content: bytes, code: str
) -> None:
    error = refused(lambda: keep(a_project(), name, content))

    assert (error.code, list(error.fields)) == (code, ["file"])
    assert not Evidence.objects.exists()
    assert files() == 0


def test_file_above_the_bound_is_refused(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", len(PDF) - 1)

    assert refused(lambda: keep(a_project())).code == "too_big"


def test_same_file_is_kept_once_for_one_purpose(officer: User) -> None:
    project = a_project()
    keep(project)

    assert refused(lambda: keep(project, "again.pdf")).code == "duplicate"
    keep(project, kind="review")
    keep(a_project("another"))

    assert files() == Evidence.objects.count() == 3


def test_project_that_has_ended_takes_no_file_and_keeps_those_it_has(officer: User) -> None:
    project = a_project()
    row = keep(project)
    advance_stage(project, stages.LOST, by=officer, door=Door.ADMIN, at=NOW, why="price")

    assert refused(lambda: keep(project, "more.png", PNG)).code == "ended"
    row.title = "new"
    assert refused(lambda: save_evidence(row, fields=["title"], by=officer, door=Door.ADMIN)).code == "ended"
    assert files() == 1


def test_only_the_title_of_a_file_is_corrected(officer: User) -> None:
    row = keep(a_project())
    row.title = "  signed   copy "

    assert save_evidence(row, fields=["title"], by=officer, door=Door.ADMIN).title == "signed copy"
    for name in ("kind", "file", "content_type", "project"):
        assert refused(lambda name=name: save_evidence(row, fields=[name], by=officer, door=Door.ADMIN)).code == "fixed"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("..\\..\\etc/passwd.pdf", "passwd.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        (" 合同 .pdf", "合同.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
    ],
)
def test_name_of_a_file_is_one_that_any_system_takes(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def download(client: Client, row: Any) -> Any:
    """The answer, read to its end: a file that was answered stands open until then."""
    answer = client.get(reverse("admin:evidence_download", args=[row.public_id]))
    answer.body = b"".join(answer.streaming_content)
    return answer


# --- pages -----------------------------------------------------------------------------------------------------------


def page(project: Any) -> str:
    return reverse("admin:project_evidence", args=[project.public_id])


def test_file_is_uploaded_on_the_projects_page_and_comes_back_as_a_download(client: Client, officer: User) -> None:
    project = a_project()

    answer = client.post(page(project), {"kind": "agreement", "file": SimpleUploadedFile("合同.pdf", PDF)})

    assert answer.status_code == 302
    row = Evidence.objects.get()
    assert row.by == officer
    got = download(client, row)
    assert got.body == PDF
    assert got["Content-Disposition"].startswith("attachment;")
    assert got["X-Content-Type-Options"] == "nosniff"


def test_refused_upload_says_why_on_the_form(client: Client, officer: User) -> None:
    project = a_project()

    for upload, words in (
        (SimpleUploadedFile("x.pdf", b"MZ"), "none of the files that are taken"),
        (SimpleUploadedFile("x.png", PDF), "does not end in"),
    ):
        answer = client.post(page(project), {"kind": "agreement", "file": upload})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert client.post(page(project), {"kind": "nonsense", "file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 422
    assert not Evidence.objects.exists()


def test_type_that_is_stored_wrongly_is_never_served_as_such(client: Client, officer: User) -> None:
    row = keep(a_project())
    Evidence.objects.filter(pk=row.pk).update(content_type="text/html")

    got = download(client, row)

    assert got["Content-Type"] == "application/octet-stream"


def test_file_of_a_hidden_project_is_not_there(client: Client, officer: User) -> None:
    other = a_person("other", unit=a_unit("unit-2"))
    hidden = a_project("hidden", owner=other, confidentiality=Level.CONFIDENTIAL)
    row = keep(hidden)
    upload = {"kind": "agreement", "file": SimpleUploadedFile("a.png", PNG)}

    assert client.get(page(hidden)).status_code == client.post(page(hidden), upload).status_code == 404
    assert client.get(reverse("admin:evidence_download", args=[row.public_id])).status_code == 404
    assert client.get(reverse("admin:promotion_evidence_change", args=[row.pk])).status_code == 404
    assert "合同.pdf" not in client.get(reverse("admin:promotion_evidence_changelist")).content.decode()


def test_whoever_may_only_read_uploads_nothing(client_as: Callable[..., Client], officer: User) -> None:
    project = a_project()
    leader = client_as(a_person("leader-1", Role.LEADER))

    assert 'type="file"' not in leader.get(page(project)).content.decode()
    upload = {"kind": "agreement", "file": SimpleUploadedFile("a.pdf", PDF)}
    assert leader.post(page(project), upload).status_code == 403


@pytest.mark.parametrize(("level", "logged"), [(Level.INTERNAL, 0), (Level.RESTRICTED, 1), (Level.CONFIDENTIAL, 1)])
def test_downloads_of_guarded_projects_are_logged(client: Client, officer: User, level: str, logged: int) -> None:
    row = keep(a_project(confidentiality=level))

    download(client, row)

    assert AccessLog.objects.filter(kind="read", subject_id=row.public_id).count() == logged


def test_pages_of_files_cost_the_same_with_more_files(client: Client, officer: User) -> None:
    project = a_project()
    addresses = [page(project), reverse("admin:promotion_evidence_changelist")]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    keep(project)
    few = cost()
    for number in range(4):
        keep(project, f"{number}.pdf", PDF + bytes([number]))
    assert cost() == few
    assert max(few) <= 12
