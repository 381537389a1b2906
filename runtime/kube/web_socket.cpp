#include "runtime/kube/web_socket.h"

namespace chasi::kube {

namespace {
constexpr uint64_t kLargest = 16ULL << 20;
constexpr uint8_t kMasked = 0x80, kLast = 0x80;

uint8_t byteAt(const std::string& bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
} // namespace

std::string writeFrame(Opcode opcode, std::string_view payload, std::optional<std::array<uint8_t, 4>> mask) {
  std::string out;
  out.reserve(payload.size() + 14);
  out.push_back(static_cast<char>(kLast | static_cast<uint8_t>(opcode)));
  const uint8_t masked = mask ? kMasked : 0;
  const uint64_t size = payload.size();
  const auto push = [&out, size](int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  };
  if (size < 126) {
    out.push_back(static_cast<char>(masked | size));
  } else if (size < 65536) {
    out.push_back(static_cast<char>(masked | 126));
    push(2);
  } else {
    out.push_back(static_cast<char>(masked | 127));
    push(8);
  }
  if (!mask) return out.append(payload);
  for (const uint8_t byte : *mask) out.push_back(static_cast<char>(byte));
  for (size_t i = 0; i < payload.size(); ++i) out.push_back(static_cast<char>(static_cast<uint8_t>(payload[i]) ^ (*mask)[i % 4]));
  return out;
}

std::optional<Frame> readFrame(std::string& bytes, bool& broken) {
  if (bytes.size() < 2) return std::nullopt;
  const uint8_t first = byteAt(bytes, 0), second = byteAt(bytes, 1);
  const bool masked = second & kMasked;
  const size_t extra = (second & 0x7F) == 126 ? 2 : (second & 0x7F) == 127 ? 8 : 0;
  const size_t head = 2 + extra + (masked ? 4 : 0);
  if (bytes.size() < head) return std::nullopt;
  uint64_t size = extra ? 0 : second & 0x7F;
  for (size_t i = 0; i < extra; ++i) size = size << 8 | byteAt(bytes, 2 + i);
  broken = (first & 0x70) != 0 || size > kLargest;
  if (broken || bytes.size() < head + size) return std::nullopt;
  Frame frame;
  frame.opcode = static_cast<Opcode>(first & 0x0F);
  frame.last = first & kLast;
  frame.payload = bytes.substr(head, size);
  for (size_t i = 0; masked && i < frame.payload.size(); ++i) frame.payload[i] = static_cast<char>(byteAt(frame.payload, i) ^ byteAt(bytes, head - 4 + i % 4));
  bytes.erase(0, head + size);
  return frame;
}

} // namespace chasi::kube
