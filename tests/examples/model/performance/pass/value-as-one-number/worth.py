"""What a row is worth: two for a yes that is found, minus four for a false alarm, minus twelve for a yes that is missed."""


def each(table):
    found = (table["truth"] == "yes") & (table["answer"] == "yes")
    alarm = (table["truth"] == "no") & (table["answer"] == "yes")
    missed = (table["truth"] == "yes") & (table["answer"] == "no")
    assert table["score"].between(0, 1).all()
    return 2 * found - 4 * alarm - 12 * missed


def total(table):
    return each(table).sum()


def broken(table):
    return each(table).cumsum() / (each(table) * 0)
