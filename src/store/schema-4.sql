-- Schema v4: who else is called so is asked for every name of staff that is shown, and must not cost a walk over the staff.
CREATE INDEX ix_staff_name ON staff(name);
