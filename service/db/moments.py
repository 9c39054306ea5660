"""A moment as the database gives it at the least cost: a report reads 100,000 rows of several.

PostgreSQL gives seconds since 1970, SQLite its text; `service.reports.facts` reads either, by the column.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType


class bare(GenericFunction[Any]):
    """``bare(moment)``: seconds since 1970 with their fraction, or the text of UTC; None for None."""

    type = NullType()
    inherit_cache = True


@compiles(bare, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **settings: Any) -> str:
    return str(compiler.process(element.clauses, **settings))


@compiles(bare, "postgresql")
def _on_postgres(element: Any, compiler: Any, **settings: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **settings)}) AS double precision)"
