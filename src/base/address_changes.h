// AddressChanges: the kernel's word that an address of this machine came or went (rtnetlink(7)).
#pragma once

#include <optional>

namespace coterie {

class AddressChanges {
 public:
  // nullopt where the system does not tell.
  static std::optional<AddressChanges> open();
  ~AddressChanges();
  AddressChanges(AddressChanges&& other) noexcept;
  AddressChanges& operator=(AddressChanges&&) = delete;

  // Readable when there is something to take.
  int descriptor() const { return descriptor_; }
  // Takes all that is there; true when an address came or went, or when so much happened that some of it was not told.
  bool take();

 private:
  explicit AddressChanges(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace coterie
