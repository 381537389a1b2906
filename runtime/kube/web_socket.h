// Frames of WebSockets (RFC 6455), as a client sends and a server answers them. Pure functions over bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chasi::kube {

enum class Opcode : uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

struct Frame {
  Opcode opcode = Opcode::Binary;
  bool last = true;
  std::string payload;
};

/// A whole message in one frame. Clients mask with four random bytes, servers do not mask.
std::string writeFrame(Opcode opcode, std::string_view payload, std::optional<std::array<uint8_t, 4>> mask);

/// Takes the first frame away from the front of `bytes`; nothing when it is not all there yet. `broken` is set for what is no frame, or
/// is larger than anybody has reason to send (16 MiB).
std::optional<Frame> readFrame(std::string& bytes, bool& broken);

} // namespace chasi::kube
