// From the first instruction of the kernel to the first line of C.
//
// The boot loader (ours, QEMU's or Xen's) follows a convention called PVH: it jumps to
// boot_entry in 32-bit protected mode, with paging off and flat segments. EBX holds the
// physical address of struct hvm_start_info. The kernel is 64-bit code at high
// addresses, so this file has to switch the CPU over. The order is fixed, because each
// step needs the one before it (Intel SDM vol. 3A, "Initializing IA-32e Mode"):
//
//   1. page tables that map the first 16 MiB three times: at their physical address
//      (otherwise the next instruction would be gone once paging is on), at DIRECT_MAP,
//      and at KERNEL_BASE
//   2. CR4.PAE, then CR3, then EFER.LME and NXE, then CR0.PG. The CPU is now in
//      "compatibility mode": 64-bit paging, still 32-bit code
//   3. a far jump into a 64-bit code segment. The CPU is now in 64-bit mode
//   4. a jump to the high addresses, a stack, and kernel_main(start_info)
//
// These page tables are used for the start only. memory/page_table.c builds the real
// ones, with rights.
#include <minios/abi.h>

#define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)
#define PTE_PRESENT_WRITE 0x03
#define PDE_PRESENT_WRITE_2MIB 0x83
#define CR4_PAE (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE ((1 << 8) | (1 << 11))
// PG: paging. WP: ring 0, too, cannot write to read-only pages. EM: no floating point,
// because the scheduler does not save its registers. Using it is an exception (#UD,
// #NM).
#define CR0_PG_WP_EM 0x80010004

    // A note in the ELF file. It tells a PVH loader where to jump to, and is called
    // XEN_ELFNOTE_PHYS32_ENTRY.
    .section .note.pvh, "a", @note
    .align 4
    .long 4                 // length of the name
    .long 4                 // length of the description
    .long 18                // type: physical 32-bit entry
    .asciz "Xen"
    .long boot_entry

    .section .boot, "ax"
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    movl %ebx, %ebp         // keep start_info; nothing below changes EBP

    movl $PHYSICAL(boot_pdpt_low) + PTE_PRESENT_WRITE, PHYSICAL(boot_pml4)
    movl $PHYSICAL(boot_pdpt_low) + PTE_PRESENT_WRITE, PHYSICAL(boot_pml4) + 256 * 8
    movl $PHYSICAL(boot_pdpt_high) + PTE_PRESENT_WRITE, PHYSICAL(boot_pml4) + 511 * 8
    movl $PHYSICAL(boot_pd) + PTE_PRESENT_WRITE, PHYSICAL(boot_pdpt_low)
    movl $PHYSICAL(boot_pd) + PTE_PRESENT_WRITE, PHYSICAL(boot_pdpt_high) + 510 * 8
    xorl %ecx, %ecx
    movl $PDE_PRESENT_WRITE_2MIB, %eax
map_next_2mib:
    movl %eax, PHYSICAL(boot_pd)(, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $(RAM_BYTES / 0x200000), %ecx
    jne map_next_2mib

    movl %cr4, %eax
    orl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYSICAL(boot_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME_NXE, %eax
    wrmsr
    movl %cr0, %eax
    orl $CR0_PG_WP_EM, %eax
    movl %eax, %cr0

    lgdt boot_gdt_pointer
    ljmp $SEGMENT_KERNEL_CODE, $boot_long_mode

    .code64
boot_long_mode:
    movw $SEGMENT_KERNEL_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movabsq $boot_high, %rax
    jmp *%rax

    .align 8
boot_gdt:
    .quad 0
    .quad 0x00209a0000000000 // 0x08: code, 64-bit, DPL 0
    .quad 0x00cf920000000000 // 0x10: data, DPL 0, flat
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long boot_gdt

    .text
    .type boot_high, @function  // so that a debugger knows its name
boot_high:
    leaq boot_stack_top(%rip), %rsp
    movl %ebp, %edi         // start_info, the argument of kernel_main
    xorl %ebp, %ebp         // a stack trace ends where the frame pointer is 0
    call kernel_main
    ud2                     // kernel_main does not return

    .bss
    .align 4096
boot_pml4:      .skip 4096
boot_pdpt_low:  .skip 4096
boot_pdpt_high: .skip 4096
boot_pd:        .skip 4096
boot_stack:     .skip 16384
    .globl boot_stack_top
boot_stack_top:
