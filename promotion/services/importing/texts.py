"""What may be wrong with a line about a lead or a contact, and what to do."""

from django.utils.translation import gettext_lazy as _

from directory.services.importing.problems import add_texts

add_texts(
    {
        "channel_unknown": (_("No channel is called “%(value)s”."), _("Write its name or code as in the list.")),
        "activity_unknown": (
            _("No activity is called “%(value)s”."),
            _("Enter the activity first, or leave the cell empty."),
        ),
        "unit_unknown": (_("No unit is called “%(value)s”."), _("Write its name or code.")),
        "person_unknown": (
            _("Nobody who may have a lead is called “%(value)s”."),
            _("Write the user name or the full name of a colleague."),
        ),
        "person_ambiguous": (_("More than one colleague is called “%(value)s”."), _("Write the user name: %(hint)s.")),
        "owner_missing": (
            _("The line does not say whose lead it is."),
            _("Map the column, set it for every row, or import as that person."),
        ),
        "owner_not_in_unit": (
            _("%(name)s does not work in the unit that the line names."),
            _("Leave the unit empty, or name somebody who works there."),
        ),
        "owner_elsewhere": (
            _("The lead would go to another unit."),
            _("An officer imports for the own unit; ask a promotion manager to import the rest."),
        ),
        "currency_not_taken": (
            _("Leads are not kept in %(value)s."),
            _("Write the amount in one of: %(hint)s."),
        ),
        "area_unreadable": (_("“%(value)s” is no area."), _("Write it like 8000 or 20亩.")),
        "legacy_left_out": (
            _("%(value)s is a registration number from before 2015; it was left out."),
            _("Enter the credit code when it is known."),
        ),
        "code_on_open_lead": (
            _("An open lead has this credit code already: %(lead)s (%(unit)s)."),
            _("Look the lead up and ask to join it; then delete the row."),
        ),
        "possible_lead": (
            _("It may be known here already."),
            _("Choose: the same lead (update), another (create), or skip."),
        ),
        "lead_ended": (_("This lead has ended."), _("Take it up again first, or delete the row.")),
        "duplicate_since_plan": (
            _("A lead that may be the same was entered after the plan was made, perhaps by an earlier line."),
            _("Plan again, then choose."),
        ),
        "level_not_lowered": (
            _("The line would let more people see the lead."),
            _("Lower the level on the lead's own page, with a reason."),
        ),
        "email_unreadable": (_("“%(value)s” is no e-mail address."), _("Write it like name@example.com.")),
        "identity_number": (
            _("The cell seems to hold an identity number, which is not kept of anybody."),
            _("Delete it from the file; name, job title and business telephone are enough."),
        ),
        "party_missing": (
            _("The line does not say for whom this person works."),
            _("Give a counterpart, lead, project or enterprise, or the firm's name."),
        ),
        "party_unknown": (_("Nobody here is called “%(value)s”."), _("Enter the firm first, or write its number.")),
        "party_ambiguous": (_("More than one record is called “%(value)s”."), _("Write its number or credit code.")),
        "possible_contact": (
            _("This may be a person who is here already, for another firm."),
            _("Choose: the same person (update), another (create), or skip."),
        ),
        "several_contacts": (
            _("More than one person of this name is here for this firm."),
            _("Choose which one is meant."),
        ),
    }
)
