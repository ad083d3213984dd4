"""The search index: one row of tokens per enterprise, and a B-tree of exact keys. Derived from the rows, never typed."""

from django.db import models

from directory.models.enterprises import Enterprise


class SearchDoc(models.Model):
    """What one enterprise is found by. On SQLite an FTS5 table follows `tokens` by triggers, on PostgreSQL a GIN index."""

    enterprise = models.OneToOneField(Enterprise, on_delete=models.CASCADE, primary_key=True, related_name="search_doc")
    name_norm = models.TextField(default="")
    short_norm = models.TextField(default="")
    core_norm = models.TextField(default="")
    former_norm = models.TextField(default="")
    tokens = models.TextField(default="")
    # Facet columns: equal to the rows (`rebuild_search_index --check` proves it); a daily job refreshes what time changes.
    is_public = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    relation = models.CharField(max_length=30, default="")
    countries = models.CharField(max_length=60, default="")
    chains = models.CharField(max_length=120, default="")
    park_id = models.BigIntegerField(null=True)
    qualifications = models.CharField(max_length=200, default="")
    listing = models.CharField(max_length=20, default="")
    rankings = models.CharField(max_length=200, default="")
    importance = models.SmallIntegerField(default=0)
    rules_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "search_doc"


class SearchKey(models.Model):
    """One exact key of an enterprise: a name, a reading, a code."""

    class Kind(models.IntegerChoices):
        CODE = 1
        FULL_NAME = 2
        SHORT_NAME = 3
        CORE_NAME = 4
        FORMER_NAME = 5
        ENGLISH = 6
        KANA = 7
        PINYIN = 8
        INITIALS = 9

    enterprise = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="search_keys")
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    key = models.CharField(max_length=200)

    class Meta:
        db_table = "search_key"
        indexes = [models.Index(fields=["kind", "key", "enterprise"], name="search_key_lookup")]
