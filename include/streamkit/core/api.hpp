#pragma once

/// Marks what a room exports. The rooms are compiled with hidden visibility, so a class or function
/// without it cannot be used from outside a shared library. Every class, struct and function that a
/// public header declares has it; what is inline or a template of a function needs none.
#define STREAMKIT_API [[gnu::visibility("default")]]
