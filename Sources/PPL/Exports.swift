// Diagnostics and spans are part of this library's interface; who imports it need not know where they live.
@_exported public import PPLSourceText
