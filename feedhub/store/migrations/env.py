"""What Alembic runs: the migrations on the connection that `feedhub.store.engine` hands over, in its
transaction. SQLite rolls back DDL like anything else once Python's own transaction handling is off.
"""

from alembic import context

from feedhub.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
