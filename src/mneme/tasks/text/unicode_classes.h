// The classes of characters by which GPT-2 parts words.
#pragma once

namespace mneme {

/// Letters (Unicode's L), numbers (N), white space (White_Space), and what is left.
enum class UnicodeClass { letter, number, space, other };

UnicodeClass unicode_class(char32_t character);

}  // namespace mneme
