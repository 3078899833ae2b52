// From the PVH entry to the first line of C.
//
// A PVH loader (ours, QEMU's or Xen's) enters in 32-bit protected mode: paging off, flat
// segments, EBX = physical address of struct hvm_start_info. In this order, because each
// step needs the one before it (Intel SDM vol. 3A, "Initializing IA-32e Mode"):
//
//   1. page tables that map the first 16 MiB three times: where we are (so that the next
//      instruction is still there), at DIRECT_MAP, and at KERNEL_BASE
//   2. CR4.PAE, then CR3, then EFER.LME and NXE, then CR0.PG: now "compatibility mode"
//   3. a far jump into a 64-bit code segment: now long mode
//   4. a jump into the higher half, a stack, kernel_main(start_info)
//
// These tables are only scaffolding; memory/page_table.c builds the real ones.
#include <minios/abi.h>

#define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)
#define PTE_PRESENT_WRITE 0x03
#define PDE_PRESENT_WRITE_2MIB 0x83
#define CR4_PAE (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE ((1 << 8) | (1 << 11))
#define CR0_PG_WP_EM 0x80010004 // EM: the FPU stays off, its registers are not switched

    // The note by which a PVH loader finds the entry: XEN_ELFNOTE_PHYS32_ENTRY.
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
    movl %ebx, %ebp         // start info: kept in a register that nothing below uses

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
    .quad 0x0000920000000000 // 0x10: data, DPL 0
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long boot_gdt

    .text
    .type boot_high, @function  // so that a debugger knows its name
boot_high:
    leaq boot_stack_top(%rip), %rsp
    movl %ebp, %edi         // the argument of kernel_main: physical, below 4 GiB
    xorl %ebp, %ebp         // a zero frame pointer ends every stack trace
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
