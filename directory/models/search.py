"""The search index: one row of tokens per enterprise or other record, and a B-tree of keys of enterprises.

Derived from the rows, never typed. Written by `services.indexing` and `services.find_index` alone; what the engines add
(FTS5 with its triggers, GIN, the index of keys) is made by `directory.search_engines`.
"""

from django.db import models

from directory.models.enterprises import Enterprise


class SearchDoc(models.Model):
    """What one enterprise is found by. On SQLite an FTS5 table follows it by triggers, on PostgreSQL a GIN index."""

    enterprise = models.OneToOneField(Enterprise, on_delete=models.CASCADE, primary_key=True, related_name="search_doc")
    # Every form of every name between bars ("|尼得科机床|尼得科|"): one look tells exact, prefix and part.
    names = models.TextField(default="")
    former = models.TextField(default="")
    readings = models.TextField(default="")
    tokens = models.TextField(default="")
    # Filters as tokens of the same index (`_c_12 _n_jp`): equal to the rows, as `rebuild_search_index --check`
    # proves; a daily job refreshes what time changes.
    facets = models.TextField(default="")
    is_public = models.BooleanField(default=False)
    #: The active before the ended, then importance: smaller stands first.
    rank = models.SmallIntegerField(default=0)
    sort_name = models.CharField(max_length=64, default="")
    rules_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "search_doc"
        indexes = [
            models.Index(fields=["is_public", "rank", "enterprise"], name="search_doc_public_rank"),
            models.Index(fields=["rank", "enterprise"], name="search_doc_rank"),
        ]


class SearchKey(models.Model):
    """One key of an enterprise: a name, a reading, a code. Its index (kind, key, enterprise) is in code-point order."""

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


class FindDoc(models.Model):
    """What one record that is no enterprise (a group, a lead, a contact, …) is found by. Says nothing of who may see it.

    `subject` is the code under which its app plugged it in (`directory.ports.findable`).
    """

    subject = models.CharField(max_length=20)
    record = models.BigIntegerField()
    # As in SearchDoc: forms between bars, then tokens, with one of the subject (`_t_lead`).
    names = models.TextField(default="")
    former = models.TextField(default="")
    readings = models.TextField(default="")
    tokens = models.TextField(default="")
    #: What is going on before what has ended: smaller stands first; the newer row before the older.
    rank = models.SmallIntegerField(default=0)
    rules_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "find_doc"
        constraints = [models.UniqueConstraint(fields=["subject", "record"], name="find_doc_once")]
