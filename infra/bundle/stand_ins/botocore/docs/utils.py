"""What botocore's handlers change in the documentation, which is not here."""


class _Nothing:
    def __init__(self, *_: object, **__: object) -> None:
        pass

    def _do_nothing(self, *_: object, **__: object) -> None:
        pass

    append_documentation = _do_nothing
    document_auto_populated_param = _do_nothing
    hide_param = _do_nothing
    replace_documentation_for_matching_shape = _do_nothing


AppendParamDocumentation = AutoPopulatedParam = _Nothing
DocumentModifiedShape = HideParamFromOperations = _Nothing
