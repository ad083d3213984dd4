"""Evidence files of projects: what they are is read from their bytes, and what they are called from nobody's word.

A file is stored under a random name without extension, outside every folder that is served; `promotion.admin.evidence`
alone hands it out, as a download.
"""

import datetime
import hashlib
import re
import secrets
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from promotion.models import Evidence, InvestmentProject

MOST_BYTES = 20 * 1024 * 1024
#: A container of office documents with more names than this is none that a person made.
_MOST_NAMES_BYTES = 1024 * 1024
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class FileType:
    """One kind of file that is taken: how it is called, how it may end, how it is served."""

    name: str
    extensions: tuple[str, ...]
    content_type: str


PDF = FileType("PDF", (".pdf",), "application/pdf")
PNG = FileType("PNG", (".png",), "image/png")
JPEG = FileType("JPEG", (".jpg", ".jpeg"), "image/jpeg")
WEBP = FileType("WebP", (".webp",), "image/webp")
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = FileType("DOCX", (".docx",), f"{_OOXML}wordprocessingml.document")
XLSX = FileType("XLSX", (".xlsx",), f"{_OOXML}spreadsheetml.sheet")
OFD = FileType("OFD", (".ofd",), "application/ofd")  # GB/T 33190
TYPES = (PDF, PNG, JPEG, WEBP, DOCX, XLSX, OFD)
#: What a browser's file dialog offers.
ACCEPT = ",".join(extension for each in TYPES for extension in each.extensions)
#: The fixed set of types that are ever sent; what is stored otherwise goes out as plain bytes.
CONTENT_TYPES = frozenset(each.content_type for each in TYPES)

#: What a document of each kind holds in its container (ISO/IEC 29500-2, GB/T 33190); Word Online counts its parts.
_MEMBERS: Mapping[FileType, re.Pattern[str]] = {
    DOCX: re.compile(r"word/document\d*\.xml"),
    XLSX: re.compile(r"xl/workbook\d*\.xml"),
    OFD: re.compile(r"OFD\.xml"),
}
#: A document with a macro is a program.
_PROGRAMS = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")


def add_evidence(
    project: Any, *, kind: str, upload: File, title: str = "", by: Any, door: str, at: datetime.datetime
) -> Any:
    """Keep a file of a project. Return the evidence.

    Refused are a file that is empty, above 20 MB, of no known type or with an ending that does not fit its bytes, one
    that the project has already under this kind, and any file of a project that has ended. Locks the project. Raises
    DomainError with field errors (`kind`, `file`).
    """
    if kind not in Evidence.Kind.values:
        raise DomainError(code="unknown_kind", fields={"kind": [_("Choose what the file proves.")]})
    name = clean_name(upload.name or "")
    found = checked_type(upload, name)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    stored = ""
    try:
        with change(by=by, verb="created", door=door):
            _locked(project)
            known = Evidence._base_manager.filter(project=project.pk, kind=kind, sha256=sha256).first()
            if known is not None:
                text = _("This very file is here already, as “%(name)s”.") % {"name": known}
                raise DomainError(code="duplicate", fields={"file": [text]})
            upload.seek(0)
            stored = default_storage.save(f"evidence/{at:%Y/%m}/{secrets.token_hex(16)}", upload)
            row = Evidence(
                project=project,
                kind=kind,
                title=" ".join(title.split()),
                file=stored,
                file_name=name,
                content_type=found.content_type,
                size=upload.size,
                sha256=sha256,
                by=by if getattr(by, "pk", None) else None,
            )
            return save_record(row, by=by, door=door)
    except BaseException:
        if stored:
            default_storage.delete(stored)  # no row will ever name it
        raise


def save_evidence(row: Any, **options: Any) -> Any:
    """Correct the title of a file; all else of it is what was uploaded. Called as `save_record` is.

    Raises DomainError for any other field, and for a file of a project that has ended.
    """
    if row._state.adding or not set(options.get("fields") or ()) <= {"title"}:
        raise DomainError(_("A file is uploaded on the page of its project and never changed."), code="fixed")
    with change(by=options["by"], verb="updated", door=options["door"], why=options.get("why", "")):
        if options.get("fields"):
            _locked(row.project)
        row.title = " ".join(row.title.split())
        return save_record(row, **options)


def clean_name(name: str) -> str:
    """A file's name that any system takes: no folders, no signs that steer text or shells, its ending kept."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Cc controls, Cf (direction marks hide an ending: "gpj.exe"), Cs, Co, Cn: nothing that a person typed.
    text = "".join(sign for sign in text if not unicodedata.category(sign).startswith("C"))
    text = " ".join("".join("_" if sign in '<>:"|?*' else sign for sign in text).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot:
        return text[:_LONGEST_NAME]
    return (
        f"{stem[: _LONGEST_NAME - len(ending) - 1].rstrip('. ')}.{ending}"
        if len(ending) <= 10
        else text[-_LONGEST_NAME:]
    )


def checked_type(upload: File, name: str) -> FileType:
    """What the file is by its bytes. Raises DomainError where it is empty, too big, unknown or called otherwise."""
    if not upload.size:
        raise _refused("empty", _("The file is empty."))
    if upload.size > MOST_BYTES:
        text = _("The file has %(size)s MB; at most %(most)s MB are taken. Make it smaller, or upload it in parts.")
        most = MOST_BYTES // 1024 // 1024
        raise _refused("too_big", text % {"size": number_format(upload.size / 1024 / 1024, 1), "most": most})
    found = type_of(upload)
    if found is None:
        text = _("By its content this is none of the files that are taken: %(types)s.")
        raise _refused("unknown_type", text % {"types": ", ".join(each.name for each in TYPES)})
    if not name.lower().endswith(found.extensions):
        text = _("By its content this is a %(type)s file, but its name does not end in %(ending)s.")
        endings = " / ".join(found.extensions)
        raise _refused("wrong_extension", text % {"type": found.name, "ending": endings})
    return found


def type_of(upload: File) -> FileType | None:
    """What a file is by its first bytes; of a container, by the names in it. Nothing is unpacked."""
    upload.seek(0)
    head = upload.read(16)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if not head.startswith(b"PK\x03\x04"):
        return None
    names = zip_names(upload)
    if any(name.lower().endswith(_PROGRAMS) for name in names):
        return None
    kinds = {each for each, member in _MEMBERS.items() if any(member.fullmatch(name) for name in names)}
    if kinds & {DOCX, XLSX} and "[Content_Types].xml" not in names:
        return None
    return kinds.pop() if len(kinds) == 1 else None


def zip_names(upload: File) -> frozenset[str]:
    """The names in a ZIP file's central directory (APPNOTE 4.3.12); none where it has no plain one.

    Written out because `zipfile` reads a directory of any length; here the first MB of names is the most.
    """
    upload.seek(max(upload.size - 65_557, 0))
    tail = upload.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        return frozenset()
    length, start = struct.unpack_from("<II", tail, place + 12)
    if length > _MOST_NAMES_BYTES or start + length > upload.size:
        return frozenset()
    upload.seek(start)
    directory = upload.read(length)
    names, at = set(), 0
    while directory[at : at + 4] == b"PK\x01\x02" and at + 46 <= len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        names.add(directory[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return frozenset(names)


def _refused(code: str, text: str) -> DomainError:
    return DomainError(code=code, fields={"file": [text]})


def _locked(project: Any) -> Any:
    row = InvestmentProject._base_manager.select_for_update().order_by().filter(pk=project.pk).first()
    if row is None:
        raise DomainError(_("This record was deleted meanwhile."), code="gone")
    if row.has_ended:
        text = _("The project has ended: no file is added or changed. A promotion manager can reopen it.")
        raise DomainError(text, code="ended")
    return row
