"""Arrow IPC files (Feather 2) become Parquet in a private folder: every engine reads that by itself, types and all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.tables.sources.csvfiles import distinct

_FILE = b"ARROW1"


def as_parquet(path: Path, shown: str, folder: Path, going: Callable[[], None]) -> Path:
    """The rows of an IPC file or stream, batch by batch. `going` may raise to stop it. Raises CheckError."""
    try:
        import pyarrow as pa
        from pyarrow import ipc, parquet
    except ModuleNotFoundError:
        raise CheckError(
            f"{shown}: reading Arrow files needs the package pyarrow", next_step="Install mlops-gates[arrow]."
        ) from None
    target = folder / f"{path.name}.parquet"
    try:
        with pa.memory_map(str(path)) as source:
            stream = source.read(len(_FILE)) != _FILE
            source.seek(0)
            reader = ipc.open_stream(source) if stream else ipc.open_file(source)
            distinct(reader.schema.names, shown, None)
            batches = reader if stream else map(reader.get_batch, range(reader.num_record_batches))
            with parquet.ParquetWriter(target, reader.schema, compression="none", use_dictionary=False) as writer:
                for batch in batches:
                    batch.validate(full=True)
                    writer.write_batch(batch)
                    going()
    except (pa.ArrowException, OSError) as error:
        why = str(error).partition("\n")[0].replace(str(path), shown).replace(str(target), shown)
        raise CheckError(
            f"{shown} cannot be read: {why}", next_step="Repair the file, or the step that writes it."
        ) from None
    return target
