#pragma once

/// Marks a symbol as exported from its room. The rooms are compiled with hidden visibility, so a
/// class or function without it cannot be used from outside a shared library. Every class, struct
/// and function that a public header declares has it; inline functions and function templates do
/// not need it.
#define STREAMKIT_API [[gnu::visibility("default")]]
