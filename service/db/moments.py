"""A moment of the database as seconds since 1970, which costs a report less than a datetime for each row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class epoch(GenericFunction[float]):
    """``epoch(column)``: seconds since 1970 with their fraction; None for None."""

    type = Float()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **settings: Any) -> str:
    moment = compiler.process(element.clauses, **settings)
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) + CAST('0' || substr({moment}, 20, 7) AS REAL))"


@compiles(epoch, "postgresql")
def _on_postgres(element: Any, compiler: Any, **settings: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **settings)}) AS double precision)"
