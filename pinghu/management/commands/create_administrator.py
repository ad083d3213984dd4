"""Make the first administrator of a new system, who then makes everybody else in the admin."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import Role
from pinghu.accounts.services import add_member, new_password, save_user, set_password
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record


class Command(BaseCommand):
    help = "Make an administrator; prints a password once, to be changed at the first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--department", default="系统管理", help="name of the department (made if there is none)")

    def handle(self, *args: Any, **options: Any) -> None:
        password = new_password()
        try:
            with transaction.atomic():
                user = save_user(User(username=options["username"]), by=None, door=Door.COMMAND)
                set_password(user, password, by=None, door=Door.COMMAND)
                name = options["department"]
                unit = Department.objects.filter(name=name).first() or save_record(
                    Department(code="system-administration", name=name), by=None, door=Door.COMMAND
                )
                add_member(user, unit, Role.ADMINISTRATOR, by=None, door=Door.COMMAND)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user.username}  {password}")
