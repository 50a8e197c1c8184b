//! A slice of a larger database, brought in over the PostgreSQL protocol and kept up to date.
