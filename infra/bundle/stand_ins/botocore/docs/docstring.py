"""The docstrings of a client's methods, empty."""


class _Empty(str):
    __slots__ = ()

    def __new__(cls, *_: object, **__: object) -> "_Empty":
        return super().__new__(cls)


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = _Empty
