#pragma once

// Moved to the room `store`. This path will go with the next minor version.
#include <streamkit/store/chunk_key.hpp>
