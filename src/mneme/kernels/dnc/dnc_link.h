// The temporal link matrix of the fused DNC, for kernel files only: its update with all forward and backward
// weightings in one pass, and the backward of both in another. Row-major [slots, slots_row].
#pragma once

#include "mneme/kernels/dnc/dnc_plan.h"
#include "mneme/kernels/simd/slot_access.h"

namespace mneme {
namespace {

/// Rows whose sums over the columns wait as vectors until they are added up together.
constexpr int64_t kLinkRowBlock = 16;

/// The rows [begin, end) of one part of the link matrix; the cuts do not depend on the threads.
inline int64_t link_part_begin(const DncSizes& s, int64_t part) {
  const int64_t blocks = (s.slots + kLinkRowBlock - 1) / kLinkRowBlock;
  const int64_t begin = blocks * part / kDncLinkParts * kLinkRowBlock;
  return begin < s.slots ? begin : s.slots;
}

/// What a step's link update and reads take: all over the slots, heads `slots_row` apart.
template <class T>
struct LinkStep {
  const T* write_weights;       // w
  const T* precedence;          // p of the step before
  const T* read_weights;        // w^r of the step before
};

/// (1 - w_i - w_j) L_ij + w_i p_j of one vector of a row, from 1 - w_j and p_j.
template <class T>
inline Vector<T> linked(Vector<T> before, Vector<T> keep, Vector<T> precedence, T write) {
  return (keep - write) * before + write * precedence;
}

/// body(j, integral_constant diagonal) for the vectors of columns: last those where a row of [i, i + rows) may
/// hold i == j, with `diagonal` true. One loop for all others, so that the body is compiled once without a branch.
template <class T, class Body>
[[gnu::always_inline]] inline void for_columns(const DncSizes& s, int64_t i, int64_t rows, Body&& body) {
  const int64_t row = s.slots_row();
  const int64_t first = i / kLanes<T> * kLanes<T>, after = (i + rows - 1) / kLanes<T> * kLanes<T> + kLanes<T>;
  for (int64_t j = first == 0 ? after : 0; j < row;) {
    body(j, std::false_type{});
    j += kLanes<T>;
    if (j == first) j = after;
  }
  for (int64_t j = first; j < after; j += kLanes<T>) body(j, std::true_type{});
}

template <class T>
inline void clear_diagonal(Vector<T>& values, int64_t i, int64_t j) {
  if (i >= j && i < j + kLanes<T>) values[i - j] = 0;
}

/// kRows rows from i on: L ← update (when kUpdate; otherwise `to` is read), f_r[i] = Σ_j L_ij w_r[j] as vectors
/// still to be summed in `sums` [row][head], b_r[j] += Σ_i L_ij w_r[i].
template <int kRows, int kHeads, bool kUpdate, class T>
void link_rows(const DncSizes& s, const LinkStep<T> step, const T* from, T* to, int64_t i, T* backward, T* sums) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  // Stores may alias what is behind a reference, but not these.
  const T *const writes = step.write_weights, *const precedences = step.precedence, *const reads = step.read_weights;
  const T* const source = (kUpdate ? from : to) + i * row;
  T* const target = to + i * row;
  T write[kRows], read_row[kRows][kHeads];  // of these rows, side by side: one pointer for all
  for (int r = 0; r < kRows; ++r) {
    write[r] = writes[i + r];
    for (int h = 0; h < kHeads; ++h) read_row[r][h] = reads[h * row + i + r];
  }
  V f[kRows][kHeads] = {};
  for_columns<T>(s, i, kRows, [&](int64_t j, auto diagonal) __attribute__((always_inline)) {
    const V keep = 1 - load(writes + j), precedence = load(precedences + j);
    V read[kHeads], b[kHeads];
#pragma GCC unroll 4
    for (int h = 0; h < kHeads; ++h) {
      read[h] = load(reads + h * row + j);
      b[h] = load(backward + h * row + j);
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      V link = load(source + r * row + j);
      if constexpr (kUpdate) {
        link = linked<T>(link, keep, precedence, write[r]);
        if constexpr (decltype(diagonal)::value) clear_diagonal<T>(link, i + r, j);
        store<T>(target + r * row + j, link);
      }
#pragma GCC unroll 4
      for (int h = 0; h < kHeads; ++h) {
        f[r][h] += link * read[h];
        b[h] += read_row[r][h] * link;
      }
    }
#pragma GCC unroll 4
    for (int h = 0; h < kHeads; ++h) store<T>(backward + h * row + j, b[h]);
  });
  for (int r = 0; r < kRows; ++r)
    for (int h = 0; h < kHeads; ++h) store<T>(sums + (r * kHeads + h) * kLanes<T>, f[r][h]);
}

/// Rows [begin, end), which begin at a block: the update, f of these rows, and the part of b that they give.
template <int kHeads, bool kUpdate, class T>
void link_pass(const DncSizes& s, const LinkStep<T>& step, const T* from, T* to, int64_t begin, int64_t end,
               T* forward, T* backward) {
  const int64_t row = s.slots_row();
  for (int64_t h = 0; h < kHeads; ++h)
    for (int64_t j = 0; j < row; j += kLanes<T>) store<T>(backward + h * row + j, Vector<T>{});
  T sums[kLinkRowBlock * kHeads * kLanes<T>], totals[kLinkRowBlock * kHeads];
  for (int64_t block = begin; block < end; block += kLinkRowBlock) {
    const int64_t stop = block + kLinkRowBlock < end ? block + kLinkRowBlock : end;
    int64_t i = block;
    for (; i + 4 <= stop; i += 4)
      link_rows<4, kHeads, kUpdate>(s, step, from, to, i, backward, sums + (i - block) * kHeads * kLanes<T>);
    for (; i < stop; ++i)
      link_rows<1, kHeads, kUpdate>(s, step, from, to, i, backward, sums + (i - block) * kHeads * kLanes<T>);
    sum_vectors(sums, (stop - block) * kHeads, totals);
    for (i = block; i < stop; ++i)
      for (int h = 0; h < kHeads; ++h) forward[h * row + i] = totals[(i - block) * kHeads + h];
  }
}

/// The rows [begin, end): L_{t-1} → L_t, f of all heads, and the part of b.
template <class T>
void update_link(const DncSizes& s, const LinkStep<T>& step, const T* from, T* to, int64_t begin, int64_t end,
                 T* forward, T* backward) {
  for_heads(s.read_heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const int64_t at = first * s.slots_row();
    LinkStep<T> heads = step;
    heads.read_weights += at;
    if (first == 0)
      link_pass<kHeads, true>(s, heads, from, to, begin, end, forward + at, backward + at);
    else
      link_pass<kHeads, false>(s, heads, from, to, begin, end, forward + at, backward + at);
  });
}

/// L_{t-1} → L_t alone.
template <class T>
void replay_link(const DncSizes& s, const T* write_weights, const T* precedence, const T* from, T* to, int64_t begin,
                 int64_t end) {
  const int64_t row = s.slots_row();
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < row; j += kLanes<T>)
      store<T>(to + i * row + j, linked<T>(load(from + i * row + j), 1 - load(write_weights + j),
                                           load(precedence + j), write_weights[i]));
    to[i * row + i] = 0;
  }
}

/// What the backward of a step's links takes and adds to, all over the slots, heads `slots_row` apart.
template <class T>
struct LinkGradients {
  const T *d_forward, *d_backward;  // of f and b
  // Sums over the columns, of these rows: parts of d w^r and d w.
  T *row_read, *row_write;
  // Sums over the rows of this part: parts of d w^r, d w and d p of the step before.
  T *column_read, *column_write, *column_precedence;
};

/// kRows rows from i on. d L_t += Σ_r df_r w_rᵀ + w_r db_rᵀ, and d w_r += L_tᵀ df_r + L_t db_r; with kLast
/// (the last heads) also d L_t → d L_{t-1}, d w and d p. Sums over the columns are left as vectors in `sums`
/// [row][heads, and then w].
template <int kRows, int kHeads, bool kLast, class T>
void link_rows_backward(const DncSizes& s, const LinkStep<T>& step, const LinkGradients<T>& gradients, const T* from,
                        T* d_link, int64_t i, T* sums) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  // Stores may alias what is behind a reference, but not these.
  const T *const write_weights = step.write_weights, *const precedences = step.precedence;
  const T *const read_weights = step.read_weights, *const d_backward = gradients.d_backward;
  const T* const d_forward = gradients.d_forward;
  T *const column_reads = gradients.column_read, *const column_writes = gradients.column_write;
  T* const column_precedences = gradients.column_precedence;
  const T* const source = from + i * row;
  T* const d_rows = d_link + i * row;
  T write_row[kRows], read_row[kRows][kHeads], d_forward_row[kRows][kHeads];  // of these rows, side by side
  for (int r = 0; r < kRows; ++r) {
    write_row[r] = write_weights[i + r];
    for (int h = 0; h < kHeads; ++h) {
      read_row[r][h] = read_weights[h * row + i + r];
      d_forward_row[r][h] = d_forward[h * row + i + r];
    }
  }
  V reads[kRows][kHeads] = {}, writes[kRows] = {};
  for_columns<T>(s, i, kRows, [&](int64_t j, auto diagonal) __attribute__((always_inline)) {
    const V keep = 1 - load(write_weights + j), precedence = load(precedences + j);
    V read[kHeads], d_b[kHeads], column[kHeads];
#pragma GCC unroll 4
    for (int h = 0; h < kHeads; ++h) {
      read[h] = load(read_weights + h * row + j);
      d_b[h] = load(d_backward + h * row + j);
      column[h] = load(column_reads + h * row + j);
    }
    V column_write = {}, column_precedence = {};
#pragma GCC unroll 2
    for (int r = 0; r < kRows; ++r) {
      const T write = write_row[r];
      const V before = load(source + r * row + j);
      V link = linked<T>(before, keep, precedence, write);
      if constexpr (decltype(diagonal)::value) clear_diagonal<T>(link, i + r, j);
      V d = load(d_rows + r * row + j);
#pragma GCC unroll 4
      for (int h = 0; h < kHeads; ++h) {
        const T d_f = d_forward_row[r][h];
        d += d_f * read[h];
        d += read_row[r][h] * d_b[h];
        column[h] += d_f * link;
        reads[r][h] += link * d_b[h];
      }
      if constexpr (kLast) {
        if constexpr (decltype(diagonal)::value) clear_diagonal<T>(d, i + r, j);
        const V faded = d * before;
        writes[r] += d * precedence - faded;
        column_write -= faded;
        column_precedence += write * d;
        d *= keep - write;
      }
      store<T>(d_rows + r * row + j, d);
    }
#pragma GCC unroll 4
    for (int h = 0; h < kHeads; ++h) store<T>(column_reads + h * row + j, column[h]);
    if constexpr (kLast) {
      T *w = column_writes + j, *p = column_precedences + j;
      store<T>(w, load(w) + column_write);
      store<T>(p, load(p) + column_precedence);
    }
  });
  for (int r = 0; r < kRows; ++r) {
    for (int h = 0; h < kHeads; ++h) store<T>(sums + (r * (kHeads + 1) + h) * kLanes<T>, reads[r][h]);
    store<T>(sums + (r * (kHeads + 1) + kHeads) * kLanes<T>, writes[r]);
  }
}

template <int kHeads, bool kLast, class T>
void link_pass_backward(const DncSizes& s, const LinkStep<T>& step, const LinkGradients<T>& gradients, const T* from,
                        T* d_link, int64_t begin, int64_t end) {
  const int64_t row = s.slots_row();
  constexpr int kSums = kHeads + 1;
  T sums[kLinkRowBlock * kSums * kLanes<T>], totals[kLinkRowBlock * kSums];
  for (int64_t block = begin; block < end; block += kLinkRowBlock) {
    const int64_t stop = block + kLinkRowBlock < end ? block + kLinkRowBlock : end;
    int64_t i = block;
    for (; i + 4 <= stop; i += 4)
      link_rows_backward<4, kHeads, kLast>(s, step, gradients, from, d_link, i, sums + (i - block) * kSums * kLanes<T>);
    for (; i < stop; ++i)
      link_rows_backward<1, kHeads, kLast>(s, step, gradients, from, d_link, i, sums + (i - block) * kSums * kLanes<T>);
    sum_vectors(sums, (stop - block) * kSums, totals);
    for (i = block; i < stop; ++i) {
      for (int h = 0; h < kHeads; ++h) gradients.row_read[h * row + i] = totals[(i - block) * kSums + h];
      if constexpr (kLast) gradients.row_write[i] = totals[(i - block) * kSums + kHeads];
    }
  }
}

/// The rows [begin, end): d L_t → d L_{t-1} in `d_link`, from L_{t-1}. Sets the sums of these rows; the sums
/// over the rows start from zero.
template <class T>
void link_backward(const DncSizes& s, const LinkStep<T>& step, const LinkGradients<T>& gradients, const T* from,
                   T* d_link, int64_t begin, int64_t end) {
  const int64_t row = s.slots_row();
  for (int64_t j = 0; j < s.heads_row(); j += kLanes<T>) store<T>(gradients.column_read + j, Vector<T>{});
  for (int64_t j = 0; j < row; j += kLanes<T>) {
    store<T>(gradients.column_write + j, Vector<T>{});
    store<T>(gradients.column_precedence + j, Vector<T>{});
  }
  for_heads(s.read_heads, [&](auto count, int64_t first) {
    constexpr int kHeads = decltype(count)::value;
    const int64_t at = first * row;
    LinkStep<T> heads = step;
    heads.read_weights += at;
    LinkGradients<T> sums = gradients;
    sums.d_forward += at;
    sums.d_backward += at;
    sums.row_read += at;
    sums.column_read += at;
    if (first + kHeads == s.read_heads)
      link_pass_backward<kHeads, true>(s, heads, sums, from, d_link, begin, end);
    else
      link_pass_backward<kHeads, false>(s, heads, sums, from, d_link, begin, end);
  });
}

}  // namespace
}  // namespace mneme
