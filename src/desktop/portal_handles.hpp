#pragma once

#include <systemd/sd-bus.h>

#include <memory>

// Owners of sd-bus's objects. This room holds such objects in no other way.
namespace streamkit::desktop {

struct BusDeleter {
  void operator()(sd_bus* bus) const noexcept { sd_bus_flush_close_unref(bus); }
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
  void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
};

using BusPtr = std::unique_ptr<sd_bus, BusDeleter>;
using BusMessagePtr = std::unique_ptr<sd_bus_message, BusDeleter>;
using BusSlotPtr = std::unique_ptr<sd_bus_slot, BusDeleter>;

}  // namespace streamkit::desktop
