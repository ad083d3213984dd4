"""The product's settings, with what a test must not share or wait for replaced.

The database engine stays the environment's choice (`DATABASE_URL`). On SQLite the test database is a file, not memory,
because WAL, IMMEDIATE and several connections are what the product runs on.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# One temporary folder a run, one below it for each worker; a process started by a test inherits both.
if "PINGHU_TEST_VAR" not in os.environ:
    os.environ["PINGHU_TEST_VAR"] = tempfile.mkdtemp(prefix="pinghu-tests-")
    atexit.register(shutil.rmtree, os.environ["PINGHU_TEST_VAR"], ignore_errors=True)
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["PINGHU_VAR"] = str(Path(os.environ["PINGHU_TEST_VAR"]) / _worker)
os.environ.setdefault("PINGHU_SECRET_KEY", "the tests' own key, long enough for every check that looks at its length")
os.environ.setdefault("PINGHU_HTTPS", "false")

from pinghu.settings import *  # noqa: E402, F403 (after the environment that it reads)
from pinghu.settings import DATABASES, VAR  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "tests.sqlite3")}

# Argon2 takes a sixth of a second a password by design.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# WhiteNoise warns about a folder that is not there, and warnings are errors.
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # noqa: F405
