import time
import pytest
from django.core.management import call_command
from django.db import connection

@pytest.mark.django_db(transaction=True)
def test_flush():
    def flush(inhibit):
        t=time.process_time(); w=time.time()
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False, allow_cascade=False, inhibit_post_migrate=inhibit)
        return time.process_time()-t, time.time()-w
    print("full", flush(False)); print("bare", flush(True)); print("full", flush(False))
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    w=time.time()
    with connection.cursor() as c:
        c.execute("BEGIN; SET LOCAL session_replication_role = replica; " + "; ".join(f'DELETE FROM "{n}"' for n in names) + "; COMMIT")
    print("delete", len(names), time.time()-w)
