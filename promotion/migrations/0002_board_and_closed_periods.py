import django.core.validators
import django.db.models.deletion
import pinghu.records
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_initial'),
        ('ledger', '0001_initial'),
        ('promotion', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=pinghu.records.new_public_id, editable=False, max_length=12, unique=True, verbose_name='public id')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo row')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('month', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)], verbose_name='up to the end of month')),
                ('list_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='list year of the Fortune Global 500')),
                ('closed_at', models.DateTimeField(verbose_name='closed at')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
            ],
            options={
                'verbose_name': 'closed period',
                'verbose_name_plural': 'closed periods',
                'ordering': ['-year', '-month'],
            },
        ),
        migrations.CreateModel(
            name='ClosedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('indicator', models.CharField(choices=[('actual_fdi', 'Foreign capital arrived, USD'), ('contracted_fdi', 'Foreign capital contracted, USD'), ('fortune_500', 'Projects of Fortune Global 500 groups'), ('over_100m_usd', 'Projects above USD 100 million'), ('over_1bn', 'Projects of CNY 1 billion and more'), ('over_5bn', 'Projects of CNY 5 billion and more'), ('over_10bn', 'Projects of CNY 10 billion and more'), ('signed', 'Projects signed'), ('started', 'Projects started'), ('start_rate', 'Share of signed projects that started, %')], max_length=20)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=20, null=True)),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo row')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='promotion.closedperiod')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='promotion.investmentproject')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='promotion.capitalrecord')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department')),
            ],
            options={
                'verbose_name': 'row of a closed period',
                'verbose_name_plural': 'rows of closed periods',
                'ordering': ['period', 'indicator', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalStageAgeLimit',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('public_id', models.CharField(db_index=True, default=pinghu.records.new_public_id, editable=False, max_length=12, verbose_name='public id')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo row')),
                ('stage', models.CharField(choices=[('negotiating', 'Negotiating'), ('reviewed', 'Reviewed'), ('signed', 'Signed'), ('registered', 'Registered'), ('started', 'Started'), ('completed', 'Completed'), ('in_production', 'In production'), ('full_capacity', 'Full capacity')], max_length=14, verbose_name='stage')),
                ('track', models.CharField(blank=True, choices=[('land', 'Land'), ('lease', 'Lease'), ('expansion', 'Expansion of an enterprise'), ('acquisition', 'Acquisition'), ('rd_or_headquarters', 'Research or headquarters')], help_text='Empty: all tracks without a limit of their own.', max_length=20, verbose_name='track')),
                ('effective_from', models.DateField(verbose_name='effective from')),
                ('slow_after', models.PositiveSmallIntegerField(verbose_name='slow after, working days')),
                ('stuck_after', models.PositiveSmallIntegerField(verbose_name='stuck after, working days')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.change')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical age limit of a stage',
                'verbose_name_plural': 'historical age limits of stages',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='StageAgeLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=pinghu.records.new_public_id, editable=False, max_length=12, unique=True, verbose_name='public id')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo row')),
                ('stage', models.CharField(choices=[('negotiating', 'Negotiating'), ('reviewed', 'Reviewed'), ('signed', 'Signed'), ('registered', 'Registered'), ('started', 'Started'), ('completed', 'Completed'), ('in_production', 'In production'), ('full_capacity', 'Full capacity')], max_length=14, verbose_name='stage')),
                ('track', models.CharField(blank=True, choices=[('land', 'Land'), ('lease', 'Lease'), ('expansion', 'Expansion of an enterprise'), ('acquisition', 'Acquisition'), ('rd_or_headquarters', 'Research or headquarters')], help_text='Empty: all tracks without a limit of their own.', max_length=20, verbose_name='track')),
                ('effective_from', models.DateField(verbose_name='effective from')),
                ('slow_after', models.PositiveSmallIntegerField(verbose_name='slow after, working days')),
                ('stuck_after', models.PositiveSmallIntegerField(verbose_name='stuck after, working days')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
            ],
            options={
                'verbose_name': 'age limit of a stage',
                'verbose_name_plural': 'age limits of stages',
                'ordering': ['stage', 'track', '-effective_from'],
                'constraints': [models.UniqueConstraint(fields=('stage', 'track', 'effective_from'), name='stageagelimit_once', violation_error_message='There is a limit of this stage from this day on already.'), models.CheckConstraint(condition=models.Q(('stuck_after__gte', models.F('slow_after'))), name='stageagelimit_order', violation_error_message='A project is slow before it is stuck.')],
            },
        ),
        migrations.AddConstraint(
            model_name='closedperiod',
            constraint=models.UniqueConstraint(fields=('year', 'month'), name='closedperiod_once', violation_error_message='This period is closed already.'),
        ),
        migrations.AddConstraint(
            model_name='closedperiod',
            constraint=models.CheckConstraint(condition=models.Q(('month__gte', 1), ('month__lte', 12)), name='closedperiod_month'),
        ),
        migrations.AddConstraint(
            model_name='closedrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('project__isnull', True), ('record__isnull', False)), models.Q(('project__isnull', False), ('record__isnull', True)), _connector='OR'), name='closedrow_one_subject'),
        ),
    ]
